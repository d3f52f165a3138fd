import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { addPackPrice, lockPack } from './catalogueEditStore.ts';
import { MAX_PACK_PRICES, readPrice } from './edit.ts';

export const creditPackPriceSet: MutationResolvers['creditPackPriceSet'] = async (_root, { input }, ctx) => {
  const { userId } = ctx.viewer as PersonViewer;
  const outcome = await ctx.write(async (tx) => {
    const price = readPrice(input, ctx.now);
    if (price instanceof Refusal) return price;
    const id = readId(input.packId);
    if (id === null || !(await lockPack(tx, id))) {
      return new Refusal('PACK_NOT_FOUND', 'There is no such pack of credits.', ['input', 'packId']);
    }
    const count = await addPackPrice(tx, id, price, { now: ctx.now, by: userId });
    if (count > MAX_PACK_PRICES) {
      const message = `A pack is sold in at most ${MAX_PACK_PRICES} currencies.`;
      return new Refusal('TOO_MANY_PRICES', message, ['input', 'currency']);
    }
    return { id };
  });
  return outcome instanceof Refusal
    ? { pack: null, userErrors: [outcome] }
    : { pack: await ctx.loaders.creditPack.load(outcome.id), userErrors: [] };
};
