import type { LedgerEntryResolvers, QueryResolvers } from '../../generated/graphql.ts';
import { findProblems, loadTotals, readChecks } from './ledgerCheck.ts';

export const LedgerEntry: LedgerEntryResolvers = {
  amount: ({ amount }) => Number(amount),
  lot: ({ lotId }, _args, { loaders }) => (lotId === null ? null : loaders.lot.load(lotId)),
  chargeCount: async ({ id }, _args, { loaders }) => (await loaders.chargeCount.load(id))?.charges ?? 0,
};

const checks = readChecks();

export const LedgerQuery: Pick<QueryResolvers, 'ledgerCheck'> = {
  // Our own books are nobody's rows, not even staff's: only the second role can add everything up.
  ledgerCheck: (_root, _args, ctx) =>
    ctx.system('check the ledger for staff', async (tx) => {
      const problems = await findProblems(tx, checks);
      return { sound: problems.length === 0, problems, ...(await loadTotals(tx)) };
    }),
};
