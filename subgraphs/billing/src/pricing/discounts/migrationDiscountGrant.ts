import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId, readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { basisPointsOutOfBounds } from '../catalogue/edit.ts';
import { addMigrationDiscount, knownAccounts } from './discountStore.ts';

export const migrationDiscountGrant: MutationResolvers['migrationDiscountGrant'] = async (_root, { input }, ctx) => {
  const { userId } = ctx.viewer as PersonViewer;
  const { basisPoints } = input;
  const outcome = await ctx.write(async (tx) => {
    const refused = basisPointsOutOfBounds(basisPoints, 1);
    if (refused !== null) return refused;
    const [accountId, payerId] = [readId(input.accountId), readId(input.payerId)];
    const known = await knownAccounts(
      tx,
      [accountId, payerId].filter((id) => id !== null),
    );
    const missing = 'There is no such account, or it is still being opened.';
    if (accountId === null || !known.has(accountId)) {
      return new Refusal('ACCOUNT_NOT_FOUND', missing, ['input', 'accountId']);
    }
    if (payerId === null || !known.has(payerId)) return new Refusal('PAYER_NOT_FOUND', missing, ['input', 'payerId']);
    const id = newId();
    const granted = await addMigrationDiscount(tx, { id, accountId, payerId, basisPoints, now: ctx.now, by: userId });
    if (!granted) {
      const message = 'A migration discount waits to be used already. Withdraw it first.';
      return new Refusal('ALREADY_GRANTED', message, ['input', 'accountId'], 'A26');
    }
    return { id, accountId, payerId };
  });
  return outcome instanceof Refusal
    ? { migrationDiscount: null, userErrors: [outcome] }
    : { migrationDiscount: await ctx.loaders.migrationDiscount.load(outcome.id), userErrors: [] };
};
