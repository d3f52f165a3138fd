import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId, readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { basisPointsOutOfBounds } from '../catalogue/edit.ts';
import { addResellerDiscount, knownAccounts } from './discountStore.ts';

export const resellerDiscountSet: MutationResolvers['resellerDiscountSet'] = async (_root, { input }, ctx) => {
  const { userId } = ctx.viewer as PersonViewer;
  const { basisPoints } = input;
  const outcome = await ctx.write(async (tx) => {
    const refused = basisPointsOutOfBounds(basisPoints, 0);
    if (refused !== null) return refused;
    const accountId = readId(input.accountId);
    if (accountId === null || !(await knownAccounts(tx, [accountId])).has(accountId)) {
      return new Refusal('ACCOUNT_NOT_FOUND', 'There is no such account, or it is still being opened.', [
        'input',
        'accountId',
      ]);
    }
    const discount = { id: newId(), accountId, basisPoints, setAt: ctx.now };
    await addResellerDiscount(tx, discount, userId);
    return discount;
  });
  return outcome instanceof Refusal
    ? { resellerDiscount: null, userErrors: [outcome] }
    : { resellerDiscount: outcome, userErrors: [] };
};
