import { readId } from '@comptoir/shared/values/uuid.ts';
import type { TrackerResolvers, WalletResolvers } from '../../../generated/graphql.ts';
import { isCreditKind } from '../ledger/kinds.ts';
import { forecast } from './forecast.ts';

export const WalletForecasts: Pick<WalletResolvers, 'forecast'> = {
  forecast: async ({ id, kind }, _args, { loaders, now }) => {
    const use = isCreditKind(kind) ? await loaders.walletUse.load(id) : null;
    return use === null ? null : forecast(use, now);
  },
};

/** A tracker as trackers refers to it, with who pays when that is needed. */
export type TrackerReference = { id: string; payer?: { id: string } | null };

export const Tracker: TrackerResolvers = {
  // Which trackers there are and who pays, trackers knows; whether the caller sees that wallet, the policies decide.
  __resolveReference: (reference) => reference as TrackerReference,
  creditsRunOutAt: async ({ payer }, _args, { loaders, now }) => {
    const payerId = payer == null ? null : readId(payer.id);
    const wallets = payerId === null ? [] : await loaders.walletsOf.load(payerId);
    const wallet = wallets.find(({ kind }) => kind === 'TRACKER');
    const use = wallet === undefined ? null : await loaders.walletUse.load(wallet.id);
    return use === null ? null : (forecast(use, now)?.runsOutAt ?? null);
  },
};
