import { createHook } from 'node:async_hooks';
import { ApolloServer, type GraphQLRequest } from '@apollo/server';
import type { Subgraph, SubgraphResponse } from '@comptoir/shared/protocol/subgraph.ts';
import { afterEach, expect, test } from '@jest/globals';
import type { GatewayContext } from '../context.ts';
import { createDocumentStore } from '../operation/documentStore.ts';
import { composeSupergraph } from '../supergraph/supergraph.ts';
import { PlanGateway, planGateway } from './planGateway.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])`;
const supergraphOf = (fields: string, more: Record<string, string> = {}): string =>
  composeSupergraph({ accounts: `${LINK} type Query { ${fields} }`, ...more });

/** Answers each field with its name, when it is let. */
function subgraph(): Subgraph & { hold(): { asked: Promise<void>; letGo(): void } } {
  let held: Promise<void> = Promise.resolve();
  let wasAsked = (): void => undefined;
  return {
    name: 'accounts',
    hold() {
      const { promise, resolve: letGo } = Promise.withResolvers<void>();
      const { promise: asked, resolve } = Promise.withResolvers<void>();
      held = promise;
      wasAsked = resolve;
      return { asked, letGo };
    },
    async execute({ query }): Promise<SubgraphResponse> {
      wasAsked();
      await held;
      const [, inner = ''] = /\{(.*)\}/s.exec(query) ?? [];
      return {
        data: Object.fromEntries(
          inner
            .trim()
            .split(/\s+/)
            .map((name) => [name, name]),
        ),
      };
    },
  };
}

let servers: ApolloServer<GatewayContext>[] = [];
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  servers = [];
});

async function serve(gateway: PlanGateway): Promise<(request: GraphQLRequest) => Promise<any>> {
  const server = new ApolloServer<GatewayContext>({
    gateway,
    validationRules: [gateway.names],
    documentStore: createDocumentStore(),
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
  });
  servers.push(server);
  await server.start();
  return async (request) => {
    const contextValue = { viewer: { kind: 'ANONYMOUS' }, trace: {} } as unknown as GatewayContext;
    const { body } = await server.executeOperation(request, { contextValue });
    return JSON.parse(JSON.stringify(body.kind === 'single' ? body.singleResult : null));
  };
}

test('another supergraph is served from the next request on; what runs ends by the one that it began with', async () => {
  const accounts = subgraph();
  const gateway = planGateway(supergraphOf('old: String! both: String'), { accounts });
  const ask = await serve(gateway);
  expect(await ask({ query: '{ both old }' })).toEqual({ data: { both: 'both', old: 'old' } });

  const { asked, letGo } = accounts.hold();
  const before = ask({ query: '{ old both }' });
  await asked;
  gateway.update(supergraphOf('new: String both: Int'));
  const after = ask({ query: '{ new }' });
  letGo();
  // The field that is gone is still answered, by the plan and the types of before.
  expect(await before).toEqual({ data: { old: 'old', both: 'both' } });
  expect(await after).toEqual({ data: { new: 'new' } });

  // The same text is read anew: the field is of another type now, and one is gone.
  const { data, errors } = await ask({ query: '{ both }' });
  expect(data).toEqual({ both: null });
  expect(errors).toMatchObject([{ path: ['both'] }]);
  expect(await ask({ query: '{ both old }' })).toMatchObject({
    errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
  });
});

test('updates under load: each request is answered by one graph as a whole', async () => {
  const accounts = subgraph();
  const graphs = ['a: String! c: String!', 'b: String! c: String!'].map((fields) => supergraphOf(fields));
  const gateway = planGateway(graphs[0] as string, { accounts });
  const ask = await serve(gateway);
  const answers: Promise<any>[] = [];
  for (let n = 0; n < 60; n += 1) {
    if (n % 10 === 5) gateway.update(graphs[Math.floor(n / 10 + 1) % 2] as string);
    for (const query of ['{ a c }', '{ b c }', '{ c }']) answers.push(ask({ query }));
    if (n % 3 === 0) await answers.at(-1);
  }
  let good = 0;
  for (const { data, errors } of await Promise.all(answers)) {
    if (errors === undefined) {
      good += 1;
      for (const [key, value] of Object.entries(data)) expect(value).toBe(key);
    } else expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
  }
  // Of three questions one graph knows two.
  expect(good).toBe(120);
});

test.each([
  ['no SDL at all', () => 'type Query {', /Syntax Error/],
  ['a schema that is no supergraph', () => 'type Query { a: Int }', /supergraph/i],
  [
    'a subgraph that nobody configured',
    () => supergraphOf('a: Int', { strangers: `${LINK} type Query { s: Int }` }),
    /strangers/,
  ],
  [
    'a scalar that nobody knows',
    () => supergraphOf('a: Curve', { accounts: `${LINK} scalar Curve type Query { a: Curve }` }),
    /Curve/,
  ],
])('%s is refused, and the old supergraph goes on', async (_, bad, message) => {
  const accounts = subgraph();
  const gateway = planGateway(supergraphOf('old: String!'), { accounts });
  const ask = await serve(gateway);
  expect(() => gateway.update(bad())).toThrow(message);
  expect(await ask({ query: '{ old }' })).toEqual({ data: { old: 'old' } });
  gateway.update(supergraphOf('next: String!'));
  expect(await ask({ query: '{ next }' })).toEqual({ data: { next: 'next' } });
});

test('there is one planner, by which Apollo plans as well', async () => {
  const gateway = planGateway(supergraphOf('a: String'), { accounts: subgraph() });
  const ask = await serve(gateway);
  const { queryPlanner } = gateway.__testing();
  expect(queryPlanner?.lastGeneratedPlanStatistics()).toBeUndefined();
  await ask({ query: '{ a }' });
  expect(queryPlanner?.lastGeneratedPlanStatistics()).toBeDefined();
});

test('a version of @apollo/gateway that hands out no planner is found out at start', async () => {
  class Later extends PlanGateway {
    override __testing() {
      return { ...super.__testing(), queryPlanner: undefined };
    }
  }
  const later = new Later(supergraphOf('a: String'), { accounts: subgraph() });
  await expect(later.load()).rejects.toThrow('cannot be served');
});

test('no name is resolved and no connection leaves: Apollo learns nothing of us', async () => {
  const leaving: string[] = [];
  const hook = createHook({
    init(_id, type) {
      if (/ADDRINFO|QUERYWRAP|TCPCONNECT|UDPSEND|TLSWRAP/i.test(type)) leaving.push(type);
    },
  }).enable();
  try {
    const ask = await serve(planGateway(supergraphOf('a: String'), { accounts: subgraph() }));
    await ask({ query: '{ a }' });
    await Promise.all(servers.map((server) => server.stop()));
    servers = [];
  } finally {
    hook.disable();
  }
  expect(leaving).toEqual([]);
});

test('an alias that is taken only since an update is refused, though the document was valid before', async () => {
  const things = (key: string): string =>
    supergraphOf(`thing: Thing } type Thing @key(fields: "${key}") { id: ID! code: String! title: String`);
  const gateway = planGateway(things('id'), { accounts: subgraph() });
  const ask = await serve(gateway);
  const query = '{ thing { code: title } }';
  const refusal = /is taken on Thing/;
  expect(JSON.stringify(await ask({ query }))).not.toMatch(refusal);
  gateway.update(things('code'));
  expect(JSON.stringify(await ask({ query }))).toMatch(refusal);
});
