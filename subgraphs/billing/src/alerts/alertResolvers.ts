import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import type {
  TopUpPurchaseResolvers,
  WalletAlertResolvers,
  WalletResolvers,
  WalletTopUpResolvers,
} from '../../generated/graphql.ts';
import type { Purchase } from './topUpTables.ts';

export const WalletAlerts: Pick<WalletResolvers, 'alert' | 'topUp'> = {
  alert: ({ id }, _args, { loaders }) => loaders.walletAlert.load(id),
  topUp: ({ id }, _args, { loaders }) => loaders.walletTopUp.load(id),
};

export const WalletAlert: WalletAlertResolvers = { below: ({ below }) => Number(below) };

export const WalletTopUp: WalletTopUpResolvers = {
  below: ({ below }) => Number(below),
  pack: ({ packId }, _args, { loaders }) => loaders.creditPack.load(packId),
  profile: ({ profileId }, _args, { loaders }) => loaders.profile.load(profileId),
  monthlyCap: ({ monthlyCap, currency }) => ({ minor: monthlyCap, currency }),
  spentThisMonth: async ({ walletId, currency }, _args, { loaders }) => ({
    minor: (await loaders.spentThisMonth.load(walletId))?.spent ?? 0n,
    currency,
  }),
  purchases: async ({ walletId }, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    const rows = await loaders.topUpPurchases(walletId, page, null);
    return connection<Purchase>(rows, page, ({ askedAt, id }) => [askedAt.toISOString(), id]);
  },
};

export const TopUpPurchase: TopUpPurchaseResolvers = {
  amount: ({ amount, currency }) => ({ minor: amount, currency }),
};
