import http from 'node:http';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import pg from 'pg';
import { runChild } from '../../processes/child.ts';
import { accounts } from './accounts.ts';
import { billing } from './billing.ts';
import { identity } from './identity.ts';
import type { PlainContext, PlainSubgraph } from './plainSubgraph.ts';
import { trackers } from './trackers.ts';

export type PlainSubgraphConfig = { name: string; adminUrl: string };

/**
 * The contestants take turns, and Node closes an idle connection after five seconds: the plain gateway would then write
 * into connections that are closing. A busy installation has none of that, so the peer's connections are kept.
 */
const { createServer } = http;
http.createServer = ((...args: Parameters<typeof createServer>) =>
  Object.assign(createServer(...args), { keepAliveTimeout: 65_000 })) as typeof createServer;

/** One plain subgraph, served as Apollo's documentation has it. */
runChild<PlainSubgraphConfig>(async ({ name, adminUrl }) => {
  const subgraph = ({ identity, accounts, billing, trackers } as Record<string, PlainSubgraph>)[name];
  if (subgraph === undefined) throw new Error(`There is no plain subgraph ${name}.`);
  const pool = new pg.Pool({ connectionString: adminUrl, max: 10 });
  const schema = buildSubgraphSchema([{ typeDefs: parse(subgraph.sdl), resolvers: subgraph.resolvers }]);
  const server = new ApolloServer<PlainContext>({ schema });
  const { url } = await startStandaloneServer(server, {
    listen: { port: 0, host: '127.0.0.1' },
    context: async ({ req }) => ({
      accountId: String(req.headers['account-id'] ?? ''),
      loaders: subgraph.makeLoaders(pool),
    }),
  });
  return {
    url,
    async stop() {
      await server.stop();
      await pool.end();
    },
  };
});
