import { ApolloGateway, IntrospectAndCompose, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { runChild } from '../../processes/child.ts';

export type PlainGatewayConfig = { subgraphs: { name: string; url: string }[] };
type Context = { accountId: string };

/**
 * Apollo Gateway over HTTP as its documentation has it: composed from introspection, a header handed on to the
 * subgraphs.
 */
runChild<PlainGatewayConfig>(async ({ subgraphs }) => {
  const gateway = new ApolloGateway({
    supergraphSdl: new IntrospectAndCompose({ subgraphs }),
    buildService: ({ url }) =>
      new RemoteGraphQLDataSource<Context>({
        url,
        willSendRequest({ request, context }) {
          // Composition asks too, and does so for no one.
          if (context.accountId !== undefined) request.http?.headers.set('account-id', context.accountId);
        },
      }),
    logger: { debug() {}, info() {}, warn: console.warn, error: console.error },
  });
  const server = new ApolloServer<Context>({ gateway });
  const { url } = await startStandaloneServer(server, {
    listen: { port: 0, host: '127.0.0.1' },
    context: async ({ req }) => ({ accountId: String(req.headers['account-id'] ?? '') }),
  });
  return { url, stop: () => server.stop() };
});
