import { readId } from '@comptoir/shared/uuid.ts';
import type { ChargeResolvers } from '../../generated/graphql.ts';

export const Charge: ChargeResolvers = {
  __resolveReference: async ({ id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.charge.load(known);
  },
  id: ({ eventId }) => eventId,
  payer: ({ payerId }) => ({ id: payerId }),
  credits: ({ credits }) => Number(credits),
  lot: ({ lotId }, _args, { loaders }) => loaders.lot.load(lotId),
};
