import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { addLimit, limitedItems, lockPlan } from './catalogueEditStore.ts';
import { MAX_LIMITS, MAX_TITLE_LENGTH, readTitle, valuesMakeSense } from './edit.ts';
import { isCode } from './plan.ts';

export const catalogueLimitSet: MutationResolvers['catalogueLimitSet'] = async (_root, { input }, ctx) => {
  const { userId } = ctx.viewer as PersonViewer;
  const { item, included, offered, step, removed = false } = input;
  const custom = input.custom ?? null;
  const outcome = await ctx.write(async (tx) => {
    if (!isCode(item)) {
      return new Refusal('CODE_NOT_READABLE', 'Use 1 to 40 capitals, digits and underscores.', ['input', 'item']);
    }
    const title = readTitle(input.title);
    if (title === null) {
      return new Refusal('TITLE_NOT_READABLE', `A title has 1 to ${MAX_TITLE_LENGTH} characters.`, ['input', 'title']);
    }
    if (!valuesMakeSense({ included, offered, custom, step })) {
      const message = 'Give values from 0 to 1,000,000,000, the offered ones ascending, and a step of at least 1.';
      return new Refusal('VALUES_OUT_OF_BOUNDS', message, ['input', 'offered'], 'A24');
    }
    const id = readId(input.planId);
    const plan = id === null ? null : await lockPlan(tx, id);
    if (plan === null) return new Refusal('PLAN_NOT_FOUND', 'There is no such plan.', ['input', 'planId']);
    if (plan.kind !== 'PAID') {
      return new Refusal('PLAN_IS_FREE', 'A free plan has no limits to choose.', ['input', 'planId'], 'A24');
    }
    const items = await limitedItems(tx, plan.id);
    if (!removed && !items.includes(item) && items.length >= MAX_LIMITS) {
      return new Refusal('TOO_MANY_LIMITS', `A plan limits at most ${MAX_LIMITS} items.`, ['input', 'item']);
    }
    await addLimit(
      tx,
      plan.id,
      { item, title, included, offered, custom, step, removed },
      { now: ctx.now, by: userId },
    );
    return { id: plan.id };
  });
  return outcome instanceof Refusal
    ? { plan: null, userErrors: [outcome] }
    : { plan: await ctx.loaders.cataloguePlan.load(outcome.id), userErrors: [] };
};
