import type { Context } from '@comptoir/shared/context.ts';
import { byId, byKey, manyByKey, pagesByKey } from '@comptoir/shared/loaders.ts';
import { loadCharges } from './charges/chargeStore.ts';
import { loadKeyConsumption } from './charges/keyBudgetStore.ts';
import { loadLotPages, loadLots, loadWallets, loadWalletsOf } from './credits/walletStore.ts';
import { loadChargeCounts, loadEntryPages } from './ledger/ledgerStore.ts';

export type Loaders = ReturnType<typeof makeLoaders>;
export type SubgraphContext = Context<Loaders>;

/** One loader per `@key` type and per list field: the number of statements does not depend on how many are asked. */
export function makeLoaders({ read, now }: Pick<Context<never>, 'read' | 'now'>) {
  return {
    wallet: byId(read, (tx, ids) => loadWallets(tx, ids, now)),
    walletsOf: manyByKey(
      read,
      (tx, accountIds) => loadWalletsOf(tx, accountIds, now),
      (wallet) => wallet.accountId,
    ),
    lot: byId(read, loadLots),
    lots: pagesByKey(read, loadLotPages, (lot) => lot.walletId),
    entries: pagesByKey(read, loadEntryPages, (entry) => entry.walletId),
    chargeCount: byKey(read, loadChargeCounts, ({ entryId }) => entryId),
    charge: byKey(read, loadCharges, (charge) => charge.eventId),
    keyConsumption: byKey(read, loadKeyConsumption, ({ keyId }) => keyId),
  };
}
