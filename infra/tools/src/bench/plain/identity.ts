import { LINK, type PlainContext, type PlainSubgraph } from './plainSubgraph.ts';

export const identity: PlainSubgraph = {
  sdl: `${LINK}
    type Query { viewer: Viewer }
    type Viewer { account: Account }
    type Account @key(fields: "id", resolvable: false) { id: ID! }
  `,
  resolvers: {
    Query: { viewer: () => ({}) },
    Viewer: { account: (_viewer: object, _args: object, { accountId }: PlainContext) => ({ id: accountId }) },
  },
  makeLoaders: () => ({}),
};
