import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { lockPack, retirePack } from './catalogueEditStore.ts';

export const creditPackRetire: MutationResolvers['creditPackRetire'] = async (_root, { input }, ctx) => {
  const outcome = await ctx.write(async (tx) => {
    const id = readId(input.packId);
    if (id === null || !(await lockPack(tx, id))) {
      return new Refusal('PACK_NOT_FOUND', 'There is no such pack of credits.', ['input', 'packId']);
    }
    await retirePack(tx, id, input.retired ? ctx.now : null);
    return { id };
  });
  return outcome instanceof Refusal
    ? { pack: null, userErrors: [outcome] }
    : { pack: await ctx.loaders.creditPack.load(outcome.id), userErrors: [] };
};
