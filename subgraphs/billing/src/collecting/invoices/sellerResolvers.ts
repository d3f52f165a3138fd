import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { MutationResolvers, QueryResolvers } from '../../../generated/graphql.ts';
import { refusesSeller } from './seller.ts';
import { changeSeller, findSeller } from './sellerStore.ts';

export const SellerQuery: Pick<QueryResolvers, 'seller'> = {
  seller: (_root, _args, { read }) => read(findSeller),
};

export const sellerUpdate: MutationResolvers['sellerUpdate'] = async (_root, { input }, ctx) => {
  const seller = { ...input, vatId: input.vatId ?? null };
  const outcome = await ctx.system('staff say who sells', async (tx) => {
    const refused = refusesSeller(seller);
    if (refused === null) await changeSeller(tx, seller);
    return refused ?? seller;
  });
  return outcome instanceof Refusal ? { seller: null, userErrors: [outcome] } : { seller: outcome, userErrors: [] };
};
