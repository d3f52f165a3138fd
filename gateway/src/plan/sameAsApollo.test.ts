import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer, type GraphQLRequest } from '@apollo/server';
import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import { seededRandom } from '@comptoir/testing/random.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type GraphQLFormattedError, Kind, type OperationDefinitionNode, parse, print, validate } from 'graphql';
import type { GatewayContext } from '../context.ts';
import { fragmentsOf } from '../operation/opened.ts';
import { composeSupergraph } from '../supergraph/supergraph.ts';
import { planGateway } from './planGateway.ts';
import { withoutSpreads } from './spreads.ts';
import { apiSchemaOf } from './testing/apiSchema.ts';
import { library } from './testing/library.ts';
import { type RandomOperation, randomOperation } from './testing/randomOperation.ts';

/** What carries out plans here is ours. Apollo's own gateway, on the same subgraphs, says what must come out. */
const supergraph = composeSupergraph(Object.fromEntries(Object.entries(library).map(([name, { sdl }]) => [name, sdl])));
const apiSchema = apiSchemaOf(supergraph);

/** Both transports: in one process answers are plain objects of graphql-js, over HTTP they come out of JSON. */
const overHttp = (subgraph: Subgraph): Subgraph => ({
  name: subgraph.name,
  execute: async (request, viewer) =>
    JSON.parse(JSON.stringify(await subgraph.execute(JSON.parse(JSON.stringify(request)), viewer))),
});

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const context = {
  viewer: { kind: 'ANONYMOUS', userId: null, sessionId: null, requestId: 'r', address: null },
  trace: {},
};
type Answer = { data: unknown; errors: readonly GraphQLFormattedError[]; missing: readonly GraphQLFormattedError[] };
type Server = { ask(operation: RandomOperation): Promise<Answer>; stop(): Promise<void> };

async function server(
  gateway: ConstructorParameters<typeof ApolloServer<GatewayContext>>[0]['gateway'],
): Promise<Server> {
  const apollo = new ApolloServer<GatewayContext>({
    gateway: gateway as never,
    logger: silent,
    stopOnTerminationSignals: false,
  });
  await apollo.start();
  return {
    async ask(operation) {
      const { body } = await apollo.executeOperation(operation as GraphQLRequest, {
        contextValue: context as GatewayContext,
      });
      if (body.kind !== 'single') throw new Error('An answer in parts.');
      const { data = null, errors = [], extensions } = JSON.parse(JSON.stringify(body.singleResult));
      const missing = extensions?.valueCompletion as readonly GraphQLFormattedError[] | undefined;
      return {
        data,
        errors,
        missing:
          missing ?? errors.filter(({ extensions: more }: GraphQLFormattedError) => more?.code === 'NOT_AVAILABLE'),
      };
    },
    stop: () => apollo.stop(),
  };
}

let apollos: Server;
let inProcess: Server;
let services: Server;
beforeAll(async () => {
  const remote = Object.fromEntries(Object.entries(library).map(([name, subgraph]) => [name, overHttp(subgraph)]));
  [apollos, inProcess, services] = await Promise.all([
    server(
      new ApolloGateway({
        supergraphSdl: supergraph,
        logger: silent,
        buildService: ({ name }) => ({
          process: async ({ request }) =>
            (await library[name as keyof typeof library].execute(
              { query: request.query as string, variables: request.variables },
              context.viewer as never,
            )) as never,
        }),
      }),
    ),
    server(planGateway(supergraph, library)),
    server(planGateway(supergraph, remote)),
  ]);
});
afterAll(() => Promise.all([apollos, inProcess, services].map((each) => each.stop())));

/**
 * What the errors say; the order in which they come is no one's promise. Not where: Apollo's gateway counts the
 * representations that it sent where it should count places, and tells another place than the one that is null.
 */
const told = (errors: readonly GraphQLFormattedError[]): string[] => {
  const ofWholeFetches = errors.filter(({ path }) => path === undefined).map(({ message }) => message);
  return (
    errors
      .filter(({ extensions }) => !['NOT_AVAILABLE', 'ERRORS_LEFT_OUT'].includes(String(extensions?.code)))
      // We say it again where something is missing because of it.
      .filter(({ path, message }) => path === undefined || !ofWholeFetches.includes(message))
      .map(({ message, extensions }) => `${extensions?.code} ${message.replace(/incident \S+/, 'incident')}`)
      .sort()
  );
};
const places = (errors: readonly GraphQLFormattedError[]): string[] =>
  errors.map(({ path }) => JSON.stringify(path)).sort();

/** The value that stands there; undefined where the way ends before. */
const valueAt = (data: unknown, path: GraphQLFormattedError['path'] = []): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], data);

function inOne(query: string): string {
  const document = parse(query);
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return print(withoutSpreads(operation as OperationDefinitionNode, fragmentsOf(document)));
}

/** Compares all three; says whether it was worth it. */
async function compare(operation: RandomOperation): Promise<{ data: unknown; errors: number; missing: number } | null> {
  if (validate(apiSchema, parse(operation.query)).length > 0) return null;
  // Where several errors meet in one null, the order in the plan says which is told. The same is planned for all.
  const [expected, ...ours] = await Promise.all([
    apollos.ask({ ...operation, query: inOne(operation.query) }),
    inProcess.ask(operation),
    services.ask(operation),
  ]);
  const wanted = expected as Answer;
  // Written without fragments it may be longer than Apollo validates.
  if (wanted.errors.some(({ extensions }) => extensions?.code === 'GRAPHQL_VALIDATION_FAILED')) return null;
  for (const answer of ours) {
    // Apollo's order of fields is not always that of the document; ours is.
    expect(answer.data).toEqual(wanted.data);
    expect(told(answer.errors)).toEqual(told(wanted.errors));
    if (wanted.missing.length > 20) expect(answer.missing).toHaveLength(20);
    // Apollo is silent about an object whose type no one could tell; we are not.
    else expect(places(answer.missing)).toEqual(expect.arrayContaining(places(wanted.missing)));
    // One that was asked for only because another requires it is not there at all.
    for (const { path } of [...answer.errors, ...answer.missing])
      if (path !== undefined) expect(valueAt(answer.data, path) ?? null).toBeNull();
  }
  return { data: wanted.data, errors: wanted.errors.length, missing: wanted.missing.length };
}

test("random operations get the answer of Apollo's own gateway, in one process and over HTTP", async () => {
  const seen = { valid: 0, partial: 0, missing: 0, nothing: 0 };
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.boolean(), async (seed, mutation) => {
      const random = seededRandom(seed);
      const draw = (below: number): number => random.between(0, below - 1);
      const operation = randomOperation(apiSchema, draw, mutation ? 'mutation' : 'query');
      const outcome = await compare(operation).catch((error: Error) => {
        throw new Error(`${operation.query}\n${JSON.stringify(operation.variables)}\n${error.message}`);
      });
      if (outcome === null) return;
      seen.valid++;
      if (outcome.data === null) seen.nothing++;
      else if (outcome.errors > 0) seen.partial++;
      else if (outcome.missing > 0) seen.missing++;
    }),
    { numRuns: Number(process.env.RUNS ?? 300), endOnFailure: true },
  );
  // Or it would have compared nothing of what is hard.
  expect(seen.valid).toBeGreaterThan(100);
  expect(seen.partial + seen.missing + seen.nothing).toBeGreaterThan(20);
});
