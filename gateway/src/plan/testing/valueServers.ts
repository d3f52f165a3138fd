import { Writable } from 'node:stream';
import { ApolloServer } from '@apollo/server';
import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import type { GraphQLSchema } from 'graphql';
import pino from 'pino';
import type { GatewayContext } from '../../context.ts';
import { shapeError } from '../../errors/errors.ts';
import { composeSupergraph } from '../../supergraph/supergraph.ts';
import { planGateway } from '../planGateway.ts';
import { apiSchemaOf } from './apiSchema.ts';
import { valueGraph } from './values.ts';

/** What comes out of JSON is not what a subgraph in the same process hands over. */
const overHttp = (subgraph: Subgraph): Subgraph => ({
  ...subgraph,
  execute: async (request, viewer) =>
    JSON.parse(JSON.stringify(await subgraph.execute(JSON.parse(JSON.stringify(request)), viewer))),
});

export type ValueServer = {
  ask(query: string, variables?: Record<string, unknown>): Promise<any>;
  /** Mutations that took effect, and operations that a subgraph was asked. */
  ran: string[];
  asked: string[];
  /** Lines of the gateway's log. */
  logged: string[];
};

/** The graph of `values.ts` in both topologies. */
export async function startValueServers(): Promise<{
  schema: GraphQLSchema;
  servers: Record<'one process' | 'services', ValueServer>;
  stop(): Promise<void>;
}> {
  const stops: (() => Promise<void>)[] = [];
  const start = async (wire: (subgraph: Subgraph) => Subgraph): Promise<ValueServer> => {
    const asked: string[] = [];
    const logged: string[] = [];
    const log = pino({}, new Writable({ write: (line, _encoding, done) => done(void logged.push(String(line))) }));
    const graph = valueGraph((subgraph) => {
      const wired = wire(subgraph);
      return {
        ...wired,
        execute: (request, viewer) => {
          asked.push(request.query);
          return wired.execute(request, viewer);
        },
      };
    });
    const server = new ApolloServer<GatewayContext>({
      gateway: planGateway(composeSupergraph(graph.sdls), graph.subgraphs),
      stopOnTerminationSignals: false,
      includeStacktraceInErrorResponses: false,
      formatError: (formatted, error) => shapeError(formatted, error, log),
    });
    await server.start();
    stops.push(() => server.stop());
    const contextValue = { viewer: { kind: 'ANONYMOUS' }, trace: {} } as unknown as GatewayContext;
    return {
      ran: graph.ran,
      asked,
      logged,
      async ask(query, variables = {}) {
        const { body, http } = await server.executeOperation({ query, variables }, { contextValue });
        const result = JSON.parse(JSON.stringify(body.kind === 'single' ? body.singleResult : null));
        return { ...result, status: http.status ?? 200 };
      },
    };
  };
  const servers = { 'one process': await start((subgraph) => subgraph), services: await start(overHttp) };
  return {
    schema: apiSchemaOf(composeSupergraph(valueGraph().sdls)),
    servers,
    stop: async () => {
      for (const stop of stops) await stop();
    },
  };
}
