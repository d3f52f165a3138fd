import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type {
  AccountResolvers,
  ConsumptionResolvers,
  EventResolvers,
  EventResultResolvers,
  TrackerResolvers,
} from '../../generated/graphql.ts';
import { eventKeys } from './eventTables.ts';
import { readPeriod, readWindow } from './period.ts';

export const Event: EventResolvers = {
  __resolveReference: async ({ id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.event.load(known);
  },
  eventId: ({ senderKey }) => senderKey,
  tracker: ({ trackerId }, _args, { loaders }) => loaders.tracker.load(trackerId),
  payer: ({ payerId }) => ({ id: payerId }),
  // Form data is the client's: anyone who lost sight of the tracker keeps the bill, not what people filled in.
  data: async ({ data, trackerId }, _args, { loaders }) =>
    data === null || (await loaders.tracker.load(trackerId)) === null ? null : data,
};

export const Consumption: ConsumptionResolvers = {
  payer: ({ payerId }) => ({ id: payerId }),
};

export const EventResult: EventResultResolvers = {
  event: ({ id }, _args, { loaders }) => (id === null ? null : loaders.event.load(id)),
  code: ({ refusal }) => refusal?.code ?? null,
  message: ({ refusal }) => refusal?.message ?? null,
  rule: ({ refusal }) => refusal?.rule ?? null,
};

export const TrackerEvents: Pick<TrackerResolvers, 'lastEvent' | 'events' | 'consumption'> = {
  lastEvent: ({ id }, _args, { loaders }) => loaders.lastEvent.load(id),
  events: async ({ id }, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    return connection(await loaders.trackerEvents(id, page, readPeriod(args)), page, eventKeys);
  },
  consumption: ({ id }, args, { loaders }) => loaders.trackerConsumption(id, readWindow(args)),
};

export const AccountEvents: Pick<AccountResolvers, 'events' | 'consumption'> = {
  events: async (account, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    return connection(await loaders.accountEvents(account.id, page, readPeriod(args)), page, eventKeys);
  },
  consumption: (account, args, { loaders }) => loaders.accountConsumption(account.id, readWindow(args)),
};
