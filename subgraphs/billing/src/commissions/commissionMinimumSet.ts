import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { parseMoney } from '../books/money/money.ts';

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
    tx.query(
      `insert into commission_minimum values ($1, $2, $3, $4)
       on conflict (currency) do update set minor = excluded.minor, set_by = excluded.set_by, set_at = excluded.set_at`,
      [minimum.currency, minimum.minor.toString(), userId, ctx.now],
    ),
  );
  return { minimum, userErrors: [] };
};
