import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { addPlanPrice, limitedItems, lockPlan } from './catalogueEditStore.ts';
import { MAX_PLAN_PRICES, readPrice } from './edit.ts';

export const cataloguePriceSet: MutationResolvers['cataloguePriceSet'] = async (_root, { input }, ctx) => {
  const { userId } = ctx.viewer as PersonViewer;
  const { part, item, frequency } = input;
  const outcome = await ctx.write(async (tx) => {
    const price = readPrice(input, ctx.now);
    if (price instanceof Refusal) return price;
    const id = readId(input.planId);
    const plan = id === null ? null : await lockPlan(tx, id);
    if (plan === null) return new Refusal('PLAN_NOT_FOUND', 'There is no such plan.', ['input', 'planId']);
    if (plan.kind !== 'PAID') {
      return new Refusal('PLAN_IS_FREE', 'A free plan has no prices.', ['input', 'planId'], 'A51');
    }
    const known =
      part === 'CONTACTS'
        ? /^[1-9]\d{0,8}$/.test(item)
        : (part === 'LIMIT' ? await limitedItems(tx, plan.id) : plan.addOns).includes(item);
    if (!known) {
      const rule = part === 'CONTACTS' ? 'A22' : part === 'LIMIT' ? 'A24' : 'A25';
      return new Refusal('ITEM_UNKNOWN', 'That is nothing that this plan can have.', ['input', 'item'], rule);
    }
    const count = await addPlanPrice(tx, { planId: plan.id, part, item, frequency }, price, {
      now: ctx.now,
      by: userId,
    });
    if (count > MAX_PLAN_PRICES) {
      return new Refusal('TOO_MANY_PRICES', `A plan has at most ${MAX_PLAN_PRICES} prices.`, ['input', 'item']);
    }
    return { id: plan.id };
  });
  return outcome instanceof Refusal
    ? { plan: null, userErrors: [outcome] }
    : { plan: await ctx.loaders.cataloguePlan.load(outcome.id), userErrors: [] };
};
