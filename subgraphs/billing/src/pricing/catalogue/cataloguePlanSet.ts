import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { putPlan } from './catalogueEditStore.ts';
import { MAX_ADD_ONS, MAX_TITLE_LENGTH, readAddOns, readTitle } from './edit.ts';
import { isCode } from './plan.ts';

export const cataloguePlanSet: MutationResolvers['cataloguePlanSet'] = async (_root, { input }, ctx) => {
  const { product, plan, rank, features } = input;
  const outcome = await ctx.write(async (tx) => {
    for (const [name, code] of Object.entries({ product, plan })) {
      if (!isCode(code)) {
        return new Refusal('CODE_NOT_READABLE', 'Use 1 to 40 capitals, digits and underscores.', ['input', name]);
      }
    }
    const title = readTitle(input.title);
    if (title === null) {
      return new Refusal('TITLE_NOT_READABLE', `A title has 1 to ${MAX_TITLE_LENGTH} characters.`, ['input', 'title']);
    }
    if (rank < 0 || rank > 9_999) return new Refusal('RANK_OUT_OF_BOUNDS', 'A rank is 0 to 9,999.', ['input', 'rank']);
    const addOns = readAddOns(input.addOns);
    if (addOns === null) {
      const message = `Name at most ${MAX_ADD_ONS} add-ons, each once, in capitals, digits and underscores.`;
      return new Refusal('ADD_ONS_NOT_READABLE', message, ['input', 'addOns'], 'A25');
    }
    return { id: await putPlan(tx, { product, plan, title, rank, features, addOns }) };
  });
  return outcome instanceof Refusal
    ? { plan: null, userErrors: [outcome] }
    : { plan: await ctx.loaders.cataloguePlan.load(outcome.id), userErrors: [] };
};
