import { ApolloServer } from '@apollo/server';
import type { Subgraph, SubgraphResponse } from '@comptoir/shared/protocol/subgraph.ts';
import { unreachable } from '@comptoir/shared/service/deadline.ts';
import { afterEach, expect, test } from '@jest/globals';
import { GraphQLError } from 'graphql';
import type { GatewayContext } from '../context.ts';
import { composeSupergraph } from '../supergraph/supergraph.ts';
import { createExplain, fieldsOf } from './explain.ts';
import { planGateway } from './planGateway.ts';
import type { Fetch } from './steps.ts';
import { library } from './testing/library.ts';

/**
 * Each null that is there because something else may not be null is explained at its place, whatever else went wrong.
 */
const supergraph = composeSupergraph(Object.fromEntries(Object.entries(library).map(([name, { sdl }]) => [name, sdl])));
const servers: ApolloServer<GatewayContext>[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

type Name = keyof typeof library;
const answering = (name: Name, answer: () => Promise<SubgraphResponse>): Subgraph => ({
  ...library[name],
  execute: answer,
});
const away = (name: Name): Subgraph => answering(name, async () => unreachable());

/** What is told, as `CODE path`. */
async function ask(
  query: string,
  changed: Partial<Record<Name, Subgraph>> = {},
): Promise<{ data: any; told: string[] }> {
  const server = new ApolloServer<GatewayContext>({
    gateway: planGateway(supergraph, { ...library, ...changed }),
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
  });
  servers.push(server);
  await server.start();
  const contextValue = { viewer: { kind: 'ANONYMOUS' }, trace: {} } as unknown as GatewayContext;
  const { body } = await server.executeOperation({ query }, { contextValue });
  const { data, errors = [] } = JSON.parse(JSON.stringify(body.kind === 'single' ? body.singleResult : null));
  return { data, told: errors.map(({ path, extensions }: any) => [extensions.code, ...(path ?? [])].join(' ')).sort() };
}

test('an error elsewhere does not hide what is not available', async () => {
  expect(await ask('{ fragile { may } book(isbn: "b5") { genre } }')).toEqual({
    data: { fragile: { may: null }, book: null },
    told: ['FORBIDDEN fragile may', 'NOT_AVAILABLE book genre'],
  });
});

test('several subgraphs that are away are told at each place that cannot be without them', async () => {
  const { data, told } = await ask(
    '{ x: book(isbn: "b1") { p: price isbn } y: book(isbn: "b2") { r: readers { id } title } shelf { label } }',
    { stock: away('stock'), people: away('people') },
  );
  expect(data).toEqual({ x: null, y: null, shelf: { label: 'one' } });
  expect(told).toEqual([
    'SUBGRAPH_UNAVAILABLE',
    'SUBGRAPH_UNAVAILABLE',
    'SUBGRAPH_UNAVAILABLE x p',
    'SUBGRAPH_UNAVAILABLE y r',
  ]);
});

test('what one subgraph refuses is told beside what another did not have', async () => {
  const { data, told } = await ask('{ fragile { may } shops { best { isbn title genre } } book(isbn: "b9") { isbn } }');
  expect(data.fragile).toEqual({ may: null });
  expect(data.book).toBeNull();
  expect(told).toEqual(['FORBIDDEN book', 'FORBIDDEN fragile may', 'NOT_AVAILABLE shops 2 best genre']);
});

test('rows of a list are told one by one, under the names that the caller gave them', async () => {
  const { data, told } = await ask('{ all: books(first: 2) { isbn cost: price } fragile { may } }', {
    stock: away('stock'),
  });
  expect(data).toBeNull();
  expect(told).toEqual([
    'FORBIDDEN fragile may',
    'SUBGRAPH_UNAVAILABLE',
    'SUBGRAPH_UNAVAILABLE all 0 cost',
    'SUBGRAPH_UNAVAILABLE all 1 cost',
  ]);
});

test('an entity that another subgraph does not have is told at its own place', async () => {
  const { data, told } = await ask('{ fragile { may } book(isbn: "b1") { title fans { id name } } }');
  expect(data).toEqual({ fragile: { may: null }, book: null });
  expect(told).toEqual(['FORBIDDEN fragile may', 'NOT_AVAILABLE book fans 1 name']);
});

test('what an error at, above or below a place tells already is not told again', async () => {
  expect(await ask('{ fragile { must deep { may } } me { id } }')).toEqual({
    data: { fragile: null, me: { id: 'p1' } },
    told: ['FORBIDDEN fragile must'],
  });
});

test('an entity that one of its fields took along is explained by that one error', async () => {
  const people = answering('people', async () => ({
    data: { _entities: [null] },
    errors: [{ message: 'No.', path: ['_entities', 0, 'books'], extensions: { code: 'FORBIDDEN' } }],
  }));
  const { data, told } = await ask('{ book(isbn: "b1") { isbn author { person { id } books { isbn } } } }', { people });
  expect(data).toEqual({ book: null });
  expect(told).toEqual(['FORBIDDEN book author books']);
});

test('a root that one of its fields took along is explained by that one error', async () => {
  const { data, told } = await ask('{ fragile { deepest { must } } media { id } }');
  expect(data.fragile).toBeNull();
  expect(told).toEqual(['FORBIDDEN fragile deepest must']);
});

test('a bug is one incident, however much it took along', async () => {
  const broken = { stock: answering('stock', () => Promise.reject(new Error('connect ECONNREFUSED'))) };
  const { data, told } = await ask('{ all: books(first: 2) { price } }', broken);
  expect(data).toBeNull();
  expect(told).toEqual(['INTERNAL_SERVER_ERROR', 'NOT_AVAILABLE all 0 price', 'NOT_AVAILABLE all 1 price']);
});

test.each([
  [['a', 0, 'b'], true],
  [['a', 0, 'b', 'below'], true],
  [['a', 0], true],
  [['a'], true],
  [['known'], true],
  [['known', 'below'], true],
  [['a', '0', 'b'], false],
  [['a', 1], false],
  [['a', 0, 'c'], false],
  [['other'], false],
  [[], false],
])('a place is explained by an error at it, above it or below it: %j %s', (place, expected) => {
  const errors = [new GraphQLError('No.', { path: ['a', 0, 'b'] }), new GraphQLError('Nowhere.')];
  expect(createExplain(errors, [['known']], new Map()).isExplained(place)).toBe(expected);
});

test('what a fetch brings is read once of its text, however many entities ask', () => {
  const fetch: Fetch = {
    kind: 'fetch',
    subgraph: 'books',
    query:
      'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Book { a: title } } }',
    operationName: undefined,
    variables: [],
    path: ['books', '@'],
    represent: () => null,
    rewrite: () => undefined,
  };
  expect([...fieldsOf(fetch)]).toEqual(['a']);
  expect(fieldsOf(fetch)).toBe(fieldsOf(fetch));
});
