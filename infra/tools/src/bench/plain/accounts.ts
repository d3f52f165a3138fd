import { LINK, many, one, type PlainContext, type PlainSubgraph } from './plainSubgraph.ts';

type Reference = { id: string };

export const accounts: PlainSubgraph = {
  sdl: `${LINK}
    type Account @key(fields: "id") { id: ID! name: String! clients(first: Int = 20): AccountConnection }
    type AccountConnection { nodes: [Account!]! }
  `,
  resolvers: {
    Account: {
      __resolveReference: ({ id }: Reference, { loaders }: PlainContext) => loaders.account.load(id),
      clients: async ({ id }: Reference, { first }: { first: number }, { loaders }: PlainContext) => ({
        nodes: (await loaders.clients.load(id)).slice(0, first),
      }),
    },
  },
  makeLoaders: (pool) => ({
    account: one(pool, 'select id as key, id, name from accounts.account where id = any($1::uuid[])'),
    clients: many(
      pool,
      `select partner.id as key, client.*
       from unnest($1::uuid[]) as partner (id)
       cross join lateral (
         select a.id, a.name from access.reach r join accounts.account a on a.id = r.account
         where r.holder = partner.id and r.area = 'LINK' and r.verb = 'READ' and r.valid @> now()
         order by a.name, a.id limit 100
       ) as client`,
    ),
  }),
};
