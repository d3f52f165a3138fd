import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { lockPlan, retirePlan } from './catalogueEditStore.ts';

export const cataloguePlanRetire: MutationResolvers['cataloguePlanRetire'] = async (_root, { input }, ctx) => {
  const outcome = await ctx.write(async (tx) => {
    const id = readId(input.planId);
    const plan = id === null ? null : await lockPlan(tx, id);
    if (plan === null) return new Refusal('PLAN_NOT_FOUND', 'There is no such plan.', ['input', 'planId']);
    await retirePlan(tx, plan.id, input.retired ? ctx.now : null);
    return { id: plan.id };
  });
  return outcome instanceof Refusal
    ? { plan: null, userErrors: [outcome] }
    : { plan: await ctx.loaders.cataloguePlan.load(outcome.id), userErrors: [] };
};
