import { setTimeout as pause } from 'node:timers/promises';
import { ApolloServer, type GraphQLRequest } from '@apollo/server';
import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import { unreachable } from '@comptoir/shared/service/deadline.ts';
import { afterEach, expect, test } from '@jest/globals';
import type { GatewayContext } from '../context.ts';
import { composeSupergraph } from '../supergraph/supergraph.ts';
import { reservedNames } from './names.ts';
import { planGateway } from './planGateway.ts';
import { library } from './testing/library.ts';

const supergraph = composeSupergraph(Object.fromEntries(Object.entries(library).map(([name, { sdl }]) => [name, sdl])));
const context = { viewer: { kind: 'ANONYMOUS' }, trace: {} } as unknown as GatewayContext;
let apollo: ApolloServer<GatewayContext> | null = null;
afterEach(async () => {
  await apollo?.stop();
  apollo = null;
});

async function start(
  subgraphs: Record<string, Subgraph> = library,
  queryMs?: number,
): Promise<(request: GraphQLRequest) => Promise<any>> {
  const server = new ApolloServer<GatewayContext>({
    gateway: planGateway(supergraph, subgraphs, { queryMs }),
    validationRules: [reservedNames(supergraph)],
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
  });
  apollo = server;
  await server.start();
  return async (request) => {
    const { body } = await server.executeOperation(request, { contextValue: context });
    return JSON.parse(JSON.stringify(body.kind === 'single' ? body.singleResult : null));
  };
}

test('the schema answers for itself, beside data, under aliases, by variables, in fragments, and again with other values', async () => {
  const ask = await start();
  const query = `query ($name: String!, $also: Boolean = true) {
    ...Root shelf { label } t: __type(name: $name) { name } __schema @include(if: $also) { queryType { name } }
  } fragment Root on Query { kind: __type(name: $name) { kind } __typename }`;
  const first = await ask({ query, variables: { name: 'Book' } });
  expect(first).toEqual({
    data: {
      kind: { kind: 'OBJECT' },
      __typename: 'Query',
      shelf: { label: 'one' },
      t: { name: 'Book' },
      __schema: { queryType: { name: 'Query' } },
    },
  });
  const second = await ask({ query, variables: { name: 'Genre', also: false } });
  expect(second.data).toEqual({
    kind: { kind: 'ENUM' },
    __typename: 'Query',
    shelf: { label: 'one' },
    t: { name: 'Genre' },
  });
  expect(await ask({ query: '{ __type(name: "Genre") { enumValues { name } } }' })).toEqual({
    data: { __type: { enumValues: [{ name: 'POETRY' }, { name: 'NOVEL' }] } },
  });
});

test('of several operations in one document the named one runs, each by its own plan', async () => {
  const ask = await start();
  const query = 'query A { book(isbn: "b1") { isbn } } query B { book(isbn: "b2") { isbn readers { id } } }';
  expect(await ask({ query, operationName: 'A' })).toEqual({ data: { book: { isbn: 'b1' } } });
  expect(await ask({ query, operationName: 'B' })).toEqual({
    data: { book: { isbn: 'b2', readers: [{ id: 'p2' }, { id: 'p3' }] } },
  });
});

test('one plan serves every combination of conditions, with the defaults of variables that are not given', async () => {
  const ask = await start();
  const query = `query ($a: Boolean!, $b: Boolean! = true) {
    book(isbn: "b0") { title @include(if: $a) readers @skip(if: $b) { id } isbn }
  }`;
  expect(await ask({ query, variables: { a: true } })).toEqual({ data: { book: { title: 'Book 0', isbn: 'b0' } } });
  const readers = [{ id: 'p0' }, { id: 'p1' }];
  expect(await ask({ query, variables: { a: false, b: false } })).toEqual({ data: { book: { readers, isbn: 'b0' } } });
  expect(await ask({ query, variables: { a: true, b: false } })).toEqual({
    data: { book: { title: 'Book 0', readers, isbn: 'b0' } },
  });
  const { errors, data } = await ask({ query, variables: { a: 'yes' } });
  expect(data).toBeUndefined();
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
});

test('a value that no client may see is an error, and takes along what cannot be without it', async () => {
  const ask = await start();
  const { data, errors } = await ask({ query: '{ book(isbn: "b5") { isbn genre } shelf { label } }' });
  expect(data).toEqual({ book: null, shelf: { label: 'one' } });
  expect(errors).toMatchObject([{ path: ['book', 'genre'], extensions: { code: 'NOT_AVAILABLE' } }]);
  expect(JSON.stringify(errors)).not.toContain('SECRET');
});

test('of very many places that miss something twenty are told', async () => {
  const ask = await start();
  const aliases = Array.from({ length: 30 }, (_, n) => `b${n}: book(isbn: "b5") { genre }`).join(' ');
  const { data, errors } = await ask({ query: `{ ${aliases} }` });
  expect(new Set(Object.values(data))).toEqual(new Set([null]));
  expect(errors).toHaveLength(21);
  expect(errors.at(-1).extensions).toEqual({ code: 'ERRORS_LEFT_OUT', leftOut: 10 });
});

test('of places beyond those that are told, what an error explains already is not counted', async () => {
  const ask = await start();
  const aliases = Array.from({ length: 25 }, (_, n) => `b${n}: book(isbn: "b5") { genre } f${n}: fragile { must }`);
  const { errors } = await ask({ query: `{ ${aliases.join(' ')} }` });
  expect(errors.filter(({ extensions }: any) => extensions.code === 'FORBIDDEN')).toHaveLength(25);
  expect(errors.at(-1).extensions).toEqual({ code: 'ERRORS_LEFT_OUT', leftOut: 5 });
});

test('of very many wrong values in the variables about fifty are told', async () => {
  const ask = await start();
  const all = Array.from({ length: 100 }, (_, n) => n);
  const query = `query (${all.map((n) => `$v${n}: Int`).join(' ')}) { ${all.map((n) => `b${n}: books(first: $v${n}) { isbn }`).join(' ')} }`;
  const { data, errors } = await ask({ query, variables: Object.fromEntries(all.map((n) => [`v${n}`, 'x'])) });
  expect(data).toBeUndefined();
  expect(errors.length).toBeLessThan(60);
});

test('GUARD one subgraph slow: fetches that follow each other are late together, not each; a mutation is not cut off', async () => {
  const slow = (name: keyof typeof library, ms: number): Subgraph => ({
    ...library[name],
    execute: async (asked, viewer) => {
      await pause(ms);
      return await library[name].execute(asked, viewer);
    },
  });
  const ask = await start({ ...library, people: slow('people', 150), books: slow('books', 150) }, 400);
  // Books, people, books, people.
  const query = '{ shops { name } book(isbn: "b1") { isbn author { born books { isbn author { born } } } } }';
  const late = await ask({ query });
  expect(late.data.shops.length).toBeGreaterThan(0);
  expect(late.errors[0].extensions.code).toBe('SUBGRAPH_TIMEOUT');

  const patient = 'mutation { a: lend(isbn: "b1") { readers { id } } b: giveBack(isbn: "b2") { readers { id } } }';
  const { data, errors } = await ask({ query: patient });
  expect(errors).toBeUndefined();
  expect(data.b.readers).toEqual([{ id: 'p2' }, { id: 'p3' }]);
});

test('a part that is away is null even under a name that plain objects have', async () => {
  const ask = await start({ ...library, people: { ...library.people, execute: async () => unreachable() } });
  const { data, errors } = await ask({ query: '{ constructor: me { id } shelf { toString: inner { label } } }' });
  expect(data).toEqual({ constructor: null, shelf: { toString: { label: 'inner' } } });
  expect(errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }]);
});

test.each([
  ['{ books { isbn: title readers { name } } }', 'isbn'],
  ['{ media { id: title } }', 'id'],
  ['{ books { author { country { code: name } } } }', 'code'],
  ['{ book(isbn: "b1") { size { width: height } price } }', 'width'],
  ['{ books { __proto__: title } }', '__proto__'],
  ['{ media { __typename: title ... on Book { price } } }', '__typename'],
  ['{ shelf { ...F } } fragment F on Shelf { books { id: isbn } }', 'id'],
])('an alias that a plan would read for a key is refused instead of answered wrongly: %s', async (query, alias) => {
  const ask = await start();
  const { data, errors } = await ask({ query });
  expect(data).toBeUndefined();
  expect(errors[0].message).toContain(`The alias "${alias}" is taken`);
  expect(errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
});

test('a variable cannot be named __proto__, and other aliases are free', async () => {
  const ask = await start();
  const { errors } = await ask({ query: 'query ($__proto__: ID!) { book(isbn: $__proto__) { id } }' });
  expect(errors[0].message).toContain('__proto__');
  expect(await ask({ query: '{ books(first: 1) { name: title isbn: isbn } }' })).toEqual({
    data: { books: [{ name: 'Book 0', isbn: 'b0' }] },
  });
});

test('an answer that could be of any size is refused before anything is asked', async () => {
  const asked: string[] = [];
  const ask = await start({
    ...library,
    books: {
      ...library.books,
      async execute({ query }) {
        asked.push(query);
        return { data: {} };
      },
    },
  });
  const aliases = Array.from({ length: 200 }, (_, n) => `a${n}: isbn`).join(' ');
  const query = `query ($n: Int) { books(first: 100) { translations(first: $n) { ${aliases} } } }`;
  const { data, errors } = await ask({ query, variables: { n: 100 } });
  expect(data).toBeUndefined();
  expect(errors).toMatchObject([{ extensions: { code: 'OPERATION_TOO_LARGE' } }]);
  expect(errors[0].message).toContain('2000101 values');
  expect(asked).toEqual([]);
  await ask({ query, variables: { n: 10 } });
  expect(asked).toHaveLength(1);
});
