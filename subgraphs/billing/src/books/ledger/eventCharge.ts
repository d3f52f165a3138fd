import { readId } from '@comptoir/shared/values/uuid.ts';
import type { ChargeResolvers, EventResolvers } from '../../../generated/graphql.ts';

/** An event as trackers refers to it: an event and its charge have one id. */
export type EventReference = { id: string };

export const Event: EventResolvers = {
  // Which events there are, trackers knows; whether the caller sees the charge, the policies decide.
  __resolveReference: (reference) => reference as EventReference,
  charge: async ({ id }, _args, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.charge.load(known);
  },
};

export const ChargeEvent: Pick<ChargeResolvers, 'event'> = { event: ({ eventId }) => ({ id: eventId }) };
