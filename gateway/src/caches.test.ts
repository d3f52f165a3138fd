import { ApolloServer } from '@apollo/server';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { createExecutor, type Executor } from '@comptoir/shared/execution/executor.ts';
import type { Log } from '@comptoir/shared/process/log.ts';
import { expect, test } from '@jest/globals';
import { parse } from 'graphql';
import type { GatewayContext } from './context.ts';
import { createDocumentStore } from './operation/documentStore.ts';
import { planGateway } from './plan/planGateway.ts';
import { composeSupergraph } from './supergraph/supergraph.ts';
import { testLog } from './testing/graph.ts';

const KEPT = 200_000;
const OPERATIONS = 200;
const SDL = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { node(of: Int): Node! } type Node @key(fields: "id") { id: ID! a: Int b: Int node: Node! }`;
const node = (): object => ({ id: 'a', a: 1, b: 2, node });
const resolvers = { Query: { node } };

/** Of which no two are alike. */
const operation = (n: number): string =>
  `query Q${n} { x${n}: node(of: ${n}) { id a${n}: a ${'node { '.repeat(n % 5)} b ${'}'.repeat(n % 5)} } }`;

test('GUARD memory has a bound: what is kept of operations fits, however many there are', async () => {
  const executor: Executor<{ log: Log }> = createExecutor(
    buildSubgraphSchema([{ typeDefs: parse(SDL), resolvers: resolvers as never }]),
    testLog,
    KEPT,
  );
  const accounts = { name: 'accounts', execute: (request: never) => executor(request, { log: testLog }) } as const;
  const gateway = planGateway(composeSupergraph({ accounts: SDL }), { accounts }, { keptBytes: KEPT });
  const documentStore = createDocumentStore(KEPT / 20);
  const apollo = new ApolloServer<GatewayContext>({ gateway, documentStore, stopOnTerminationSignals: false });
  await apollo.start();
  const caches = { documents: documentStore.held, plans: gateway.held, fetches: executor.held };
  const most = { documents: KEPT / 20, plans: KEPT, fetches: KEPT };

  const fullest = { documents: 0, plans: 0, fetches: 0 };
  for (let n = 0; n < OPERATIONS; n += 1) {
    const contextValue = { viewer: {}, trace: {} } as GatewayContext;
    const { body } = await apollo.executeOperation({ query: operation(n) }, { contextValue });
    expect(JSON.parse(JSON.stringify(body))).toMatchObject({ singleResult: { data: { [`x${n}`]: { id: 'a' } } } });
    for (const [name, held] of Object.entries(caches) as [keyof typeof most, () => number][]) {
      expect(held()).toBeLessThanOrEqual(most[name]);
      fullest[name] = Math.max(fullest[name], held());
    }
  }
  await apollo.stop();
  // They were full: what is kept of so many would be more.
  for (const [name, held] of Object.entries(fullest))
    expect([name, held > most[name as keyof typeof most] / 2]).toEqual([name, true]);
});

test('a document is kept without its tokens, and tells the places of errors all the same', async () => {
  const store = createDocumentStore();
  const document = parse('{ a }');
  await store.set('key', document);
  const kept = await store.get('key');
  expect(kept).toBe(document);
  expect(kept?.loc?.startToken).toBeUndefined();
  expect([kept?.loc?.start, kept?.loc?.end, kept?.loc?.source.body]).toEqual([0, 5, '{ a }']);
  expect(store.held()).toBeGreaterThan(0);
  expect(await store.delete('key')).toBe(true);
  expect([await store.get('key'), store.held()]).toEqual([undefined, 0]);
});
