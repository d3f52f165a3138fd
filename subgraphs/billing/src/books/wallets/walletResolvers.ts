import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { AccountResolvers, LotResolvers, QueryResolvers, WalletResolvers } from '../../../generated/graphql.ts';
import { currencyOf, shownKind } from '../ledger/kinds.ts';
import type { WalletEntry } from '../ledger/ledgerStore.ts';
import type { LotRow } from './creditTables.ts';

export const Account: AccountResolvers = {
  // Accounts has the account; here it only carries its wallets, and the policies decide which those are.
  __resolveReference: ({ id }) => ({ id }),
  wallets: async ({ id }, _args, { loaders }) => {
    const known = id === undefined ? null : readId(id);
    return known === null ? [] : await loaders.walletsOf.load(known);
  },
};

export const Wallet: WalletResolvers = {
  __resolveReference: async ({ id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.wallet.load(known);
  },
  account: ({ accountId }) => ({ id: accountId }),
  kind: ({ kind }) => shownKind(kind),
  currency: ({ kind }) => currencyOf(kind),
  balance: ({ spendable }) => Number(spendable),
  balanceAt: async ({ id }, { at }, { loaders }) => Number((await loaders.balanceAt(id, at))[0]?.balance ?? 0),
  lots: async (wallet, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    const rows = await loaders.lots(wallet.id, page, null);
    return connection<LotRow>(rows, page, (lot) => [lot.grantedAt.toISOString(), lot.id]);
  },
  entries: async (wallet, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    const rows = await loaders.entries(wallet.id, page, null);
    return connection<WalletEntry>(rows, page, (entry) => [entry.bookedAt.toISOString(), entry.id]);
  },
};

export const Lot: LotResolvers = {
  original: ({ original }) => Number(original),
  remaining: ({ remaining }) => Number(remaining),
};

export const WalletQuery: Pick<QueryResolvers, 'wallet'> = {
  wallet: async (_root, { id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.wallet.load(known);
  },
};
