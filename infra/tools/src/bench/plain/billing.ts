import { LINK, many, type PlainContext, type PlainSubgraph } from './plainSubgraph.ts';

type Reference = { id: string };

export const billing: PlainSubgraph = {
  sdl: `${LINK}
    type Account @key(fields: "id") { id: ID! wallets: [Wallet!] }
    type Wallet { kind: String! balance: Int! }
  `,
  resolvers: {
    Account: {
      __resolveReference: ({ id }: Reference) => ({ id }),
      wallets: ({ id }: Reference, _args: object, { loaders }: PlainContext) => loaders.wallets.load(id),
    },
  },
  makeLoaders: (pool) => ({
    wallets: many(
      pool,
      `select wallet.account_id as key, wallet.kind,
              (select coalesce(sum(lot.remaining), 0)::int from billing.lot
               where lot.wallet_id = wallet.id and lot.remaining > 0 and (lot.expires_at is null or lot.expires_at > now())) as balance
       from billing.wallet where wallet.account_id = any($1::uuid[]) order by wallet.kind`,
    ),
  }),
};
