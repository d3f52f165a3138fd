import { readId } from '@comptoir/shared/values/uuid.ts';
import type { ChargeLotResolvers, ChargeResolvers } from '../../generated/graphql.ts';

export const Charge: ChargeResolvers = {
  __resolveReference: async ({ id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.charge.load(known);
  },
  id: ({ eventId }) => eventId,
  payer: ({ payerId }) => ({ id: payerId }),
  credits: ({ credits }) => Number(credits),
  lot: ({ lotId }, _args, { loaders }) => loaders.lot.load(lotId),
  lots: async ({ eventId }, _args, { loaders }) => {
    const lots = await loaders.chargeLots.load(eventId);
    return lots.length === 0 ? null : lots;
  },
};

export const ChargeLot: ChargeLotResolvers = {
  lot: ({ lotId }, _args, { loaders }) => loaders.lot.load(lotId),
  credits: ({ credits }) => Number(credits),
};
