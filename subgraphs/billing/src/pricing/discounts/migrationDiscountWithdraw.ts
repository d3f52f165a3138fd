import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { lockMigrationDiscount, withdrawMigrationDiscount } from './discountStore.ts';

export const migrationDiscountWithdraw: MutationResolvers['migrationDiscountWithdraw'] = async (
  _root,
  { input },
  ctx,
) => {
  const field = ['input', 'migrationDiscountId'];
  const outcome = await ctx.write(async (tx) => {
    const id = readId(input.migrationDiscountId);
    const discount = id === null ? null : await lockMigrationDiscount(tx, id);
    if (discount === null) return new Refusal('DISCOUNT_NOT_FOUND', 'There is no such migration discount.', field);
    if (discount.usedAt !== null) {
      return new Refusal('ALREADY_USED', 'A first charge was made with this discount.', field, 'A26');
    }
    if (discount.withdrawnAt === null) await withdrawMigrationDiscount(tx, discount.id, ctx.now);
    return discount;
  });
  return outcome instanceof Refusal
    ? { migrationDiscount: null, userErrors: [outcome] }
    : { migrationDiscount: await ctx.loaders.migrationDiscount.load(outcome.id), userErrors: [] };
};
