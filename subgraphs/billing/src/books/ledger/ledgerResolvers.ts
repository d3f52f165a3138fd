import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { isStaff } from '@comptoir/shared/viewer/viewer.ts';
import type { ChargePartResolvers, LedgerEntryResolvers, QueryResolvers } from '../../../generated/graphql.ts';
import { findProblems, loadTotals, readChecks } from './ledgerCheck.ts';
import type { EntryCharge } from './ledgerStore.ts';

export const LedgerEntry: LedgerEntryResolvers = {
  amount: ({ amount }) => Number(amount),
  lot: ({ lotId }, _args, { loaders }) => (lotId === null ? null : loaders.lot.load(lotId)),
  chargeCount: async ({ id }, _args, { loaders }) => (await loaders.chargeCount.load(id))?.charges ?? 0,
  charges: async ({ id }, args, { loaders }) => {
    const page = readPage(args, ['id']);
    return connection<EntryCharge>(await loaders.charges(id, page, null), page, ({ eventId }) => [eventId]);
  },
  cause: ({ cause }, _args, { viewer }) =>
    isStaff(viewer)
      ? Object.entries(cause).map(([name, value]) => ({
          name,
          value: typeof value === 'string' ? value : JSON.stringify(value),
        }))
      : null,
};

export const ChargePart: ChargePartResolvers = {
  charge: ({ eventId }, _args, { loaders }) => loaders.charge.load(eventId),
  credits: ({ credits }) => Number(credits),
};

const checks = readChecks();

export const LedgerQuery: Pick<QueryResolvers, 'ledgerCheck'> = {
  // Our own books are no one's rows, not even staff's: only the second role can add everything up.
  ledgerCheck: (_root, _args, ctx) =>
    ctx.system('check the ledger for staff', async (tx) => {
      const problems = await findProblems(tx, checks);
      return { sound: problems.length === 0, problems, ...(await loadTotals(tx)) };
    }),
};
