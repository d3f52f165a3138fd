import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { parseMoney } from '../books/money/money.ts';
import { CommissionMinimumTable } from './commissionTables.ts';

export const commissionMinimumSet: MutationResolvers['commissionMinimumSet'] = async (_root, { input }, ctx) => {
  const { userId } = ctx.viewer as PersonViewer;
  const minimum = parseMoney(input.minimum);
  if (minimum === null || minimum.minor < 1n) {
    const message = 'Not an amount above zero in that currency.';
    return {
      minimum: null,
      userErrors: [new Refusal('AMOUNT_NOT_READABLE' as const, message, ['input', 'minimum'], 'A75')],
    };
  }
  await ctx.system('set the least that is paid out', (tx) =>
    tx.upsert(CommissionMinimumTable, { ...minimum, setBy: userId, setAt: ctx.now }, ['currency']),
  );
  return { minimum, userErrors: [] };
};
