import { ApolloServer } from '@apollo/server';
import { afterEach, expect, test } from '@jest/globals';
import { GraphQLError } from 'graphql';
import type { GatewayContext } from '../context.ts';
import { composeSupergraph } from '../supergraph/supergraph.ts';
import { planGateway } from './planGateway.ts';
import { MAX_PLANNED_HERE } from './planner.ts';
import { createPlanThread, type PlanThread } from './planThread.ts';
import { library } from './testing/library.ts';

const supergraph = composeSupergraph(Object.fromEntries(Object.entries(library).map(([name, { sdl }]) => [name, sdl])));

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function thread(maxPlanMs?: number): PlanThread {
  const opened = createPlanThread(maxPlanMs);
  closing.push(opened.close);
  return opened;
}

type Asked = (query: string) => Promise<any>;

/** `plannedHere` tells whether the thread that serves has planned anything. */
async function serve(): Promise<{ ask: Asked; plannedHere(): boolean }> {
  const gateway = planGateway(supergraph, library);
  const server = new ApolloServer<GatewayContext>({ gateway, stopOnTerminationSignals: false });
  closing.push(() => server.stop());
  await server.start();
  const contextValue = { viewer: { kind: 'ANONYMOUS' }, trace: {} } as unknown as GatewayContext;
  return {
    plannedHere: () => gateway.__testing().queryPlanner?.lastGeneratedPlanStatistics() !== undefined,
    async ask(query) {
      const { body } = await server.executeOperation({ query }, { contextValue: { ...contextValue } });
      return JSON.parse(JSON.stringify(body.kind === 'single' ? body.singleResult : null));
    },
  };
}

const books = (count: number): string =>
  `{ ${Array.from({ length: count }, (_, at) => `b${at}: book(isbn: "b${(at % 5) + 1}") { title readers { id name } }`).join(' ')} }`;

test('a large operation is planned elsewhere and answered as a small one is', async () => {
  const { ask, plannedHere } = await serve();
  const count = MAX_PLANNED_HERE / 4;
  const answers = await Promise.all([ask(books(count)), ask(books(count)), ask(books(count))]);
  expect(plannedHere()).toBe(false);
  const small = await ask(books(5));
  expect(plannedHere()).toBe(true);
  for (const { data, errors } of answers) {
    expect(errors).toBeUndefined();
    expect(Object.keys(data)).toHaveLength(count);
    for (const [at, book] of Object.values(data).entries()) expect(book).toEqual(small.data[`b${at % 5}`]);
  }
});

test('fragments are counted as often as they are spread', async () => {
  const { ask, plannedHere } = await serve();
  const spreads = Array.from({ length: MAX_PLANNED_HERE / 2 }, (_, at) => `p${at}: book(isbn: "b1") { ...F }`);
  const { data } = await ask(`{ ${spreads.join(' ')} } fragment F on Book { title }`);
  expect(data.p0).toEqual({ title: 'Book 1' });
  expect(plannedHere()).toBe(false);
});

test('what cannot be planned is refused, and the thread goes on', async () => {
  const { plan } = thread();
  await expect(plan({ supergraph, document: '{ nothing }' })).rejects.toThrow(/nothing/);
  await expect(plan({ supergraph, document: '{ nothing }' })).rejects.toBeInstanceOf(GraphQLError);
  // What is wrong with us, and not with the operation, is no refusal.
  await expect(plan({ supergraph, document: null as never })).rejects.not.toBeInstanceOf(GraphQLError);
  expect(await plan({ supergraph, document: '{ shelf { label } }' })).toMatchObject({ kind: 'Fetch' });
});

test('another supergraph is planned by from then on', async () => {
  const { plan } = thread();
  const [one, other] = ['one', 'other'].map((name) =>
    composeSupergraph({ accounts: `type Query { ${name}: String }` }),
  ) as [string, string];
  for (const [sdl, name] of [
    [one, 'one'],
    [other, 'other'],
    [one, 'one'],
  ] as const)
    expect(await plan({ supergraph: sdl, document: `{ ${name} }` })).toMatchObject({ operation: `{${name}}` });
  await expect(plan({ supergraph: other, document: '{ one }' })).rejects.toThrow(/one/);
});

test('when the thread ends, what waits for it fails, and the next operation has another', async () => {
  const { plan, close } = thread();
  await plan({ supergraph, document: '{ shelf { label } }' });
  const waiting = plan({ supergraph, document: '{ shelf { label } }' });
  const failed = expect(waiting).rejects.toThrow('has ended');
  await close();
  await failed;
  expect(await plan({ supergraph, document: '{ shelf { label } }' })).toMatchObject({ kind: 'Fetch' });
});

test('what takes too long to plan is refused', async () => {
  const { plan } = thread(1);
  const document = '{ shelf { label } }';
  await expect(plan({ supergraph, document })).rejects.toMatchObject({
    extensions: { code: 'OPERATION_TOO_LARGE' },
  });
  const patient = thread();
  expect(await patient.plan({ supergraph, document })).toMatchObject({ kind: 'Fetch' });
});

test('of very many that wait the last ones are told to come back', async () => {
  const { plan } = thread();
  const asked = Array.from({ length: 60 }, () => plan({ supergraph, document: '{ shelf { label } }' }));
  const outcomes = await Promise.allSettled(asked);
  const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason.extensions.code] : []));
  expect(refused.length).toBeGreaterThanOrEqual(9);
  expect(new Set(refused)).toEqual(new Set(['SERVICE_UNAVAILABLE']));
});
