import { buildSubgraphSchema } from '@apollo/subgraph';
import { beforeEach, expect, test } from '@jest/globals';
import { execute, GraphQLError, type GraphQLObjectType, type GraphQLSchema, parse } from 'graphql';
import type { Areas } from '../viewer/areas.ts';
import type { Viewer } from '../viewer/viewer.ts';
import { findGaps, guard } from './guard.ts';
import { allow, known, type Permissions, type Rule, requires, service } from './permissions.ts';
import { rule } from './shieldLibrary.ts';

const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { purse: Purse boxes: [Box!]! }
  type Mutation { spend: SpendPayload! }
  type Box { label: String! purse: Purse }
  type Purse @key(fields: "id") { id: ID! coins: Int! secret: String }
  type Coin @key(fields: "id", resolvable: false) { id: ID! }
  type SpendPayload { purse: Purse coin: Coin }
  input Unused { a: Int }
`);

let asked: string[] = [];
const purse = { id: '1', coins: 5, secret: 'gold' };
const resolvers = {
  Query: { purse: () => purse, boxes: () => [{ label: 'a', purse }] },
  Mutation: {
    spend: () => {
      asked.push('spent');
      return { purse };
    },
  },
  Purse: { __resolveReference: () => purse },
};

const complete: Permissions = {
  Query: { _service: service('gateway'), _entities: allow, purse: known, boxes: known },
  Mutation: { spend: requires('BILLING', 'WRITE') },
  Box: allow,
  Purse: { '*': requires('BILLING', 'READ'), secret: requires('SECURITY', 'READ') },
  Coin: requires('BILLING', 'READ'),
  SpendPayload: allow,
  _Service: allow,
};

const fieldsOf = (schema: GraphQLSchema, type: string) => (schema.getType(type) as GraphQLObjectType).getFields();
const make = (): GraphQLSchema => buildSubgraphSchema([{ typeDefs, resolvers }]);

function viewer(areas: Areas): Viewer {
  return {
    kind: 'PERSON',
    userId: 'u',
    accountId: 'a',
    membershipId: 'm',
    sessionId: 's',
    role: 'MEMBER',
    areas,
    requestId: 'r',
    address: null,
    networks: [],
  };
}

async function ask(query: string, areas: Areas, from: Partial<Viewer> = {}) {
  const result = await execute({
    schema: guard(make(), complete),
    document: parse(query),
    contextValue: { viewer: { ...viewer(areas), ...from } },
  });
  return {
    data: result.data,
    denied: result.errors?.map(
      (error) => `${error.path?.join('.')} ${error.extensions['code']} ${error.extensions['rule']}`,
    ),
  };
}

beforeEach(() => {
  asked = [];
});

test('a type is guarded wherever its values arrive: root field, plain field of another type, payload, entity', async () => {
  const ways = [
    '{ purse { coins } }',
    '{ boxes { purse { coins } } }',
    '{ _entities(representations: [{ __typename: "Purse", id: "1" }]) { ... on Purse { coins } } }',
    // It has no resolver: the reference is the value.
    '{ _entities(representations: [{ __typename: "Coin", id: "1" }]) { ... on Coin { id } } }',
  ];
  for (const way of ways) {
    const { denied } = await ask(way, {});
    expect(denied).toHaveLength(1);
    expect(denied?.[0]).toMatch(/FORBIDDEN BILLING:READ$/);
    expect((await ask(way, { BILLING: 'READ' })).denied).toBeUndefined();
  }
});

test('a field may ask for more than its type', async () => {
  expect(await ask('{ purse { coins secret } }', { BILLING: 'READ' })).toEqual({
    data: { purse: { coins: 5, secret: null } },
    denied: ['purse.secret FORBIDDEN SECURITY:READ'],
  });
  expect((await ask('{ purse { secret } }', { BILLING: 'WRITE', SECURITY: 'READ' })).data).toEqual({
    purse: { secret: 'gold' },
  });
});

test('a denied mutation does not run', async () => {
  const { denied } = await ask('mutation { spend { purse { coins } } }', { BILLING: 'READ' });
  expect(denied).toEqual(['spend FORBIDDEN BILLING:WRITE']);
  expect(asked).toEqual([]);
  await ask('mutation { spend { purse { coins } } }', { BILLING: 'WRITE' });
  expect(asked).toEqual(['spent']);
});

test('G11 who is outside a network list is refused wherever values arrive, entities among them, and a mutation does not run', async () => {
  const ways: [string, string][] = [
    ['{ purse { coins } }', 'purse'],
    ['{ boxes { purse { coins } } }', 'boxes'],
    ['{ _entities(representations: [{ __typename: "Purse", id: "1" }]) { ... on Purse { coins } } }', '_entities.0'],
    ['mutation { spend { purse { coins } } }', 'spend'],
  ];
  const networks = [['192.0.2.0/24'], ['192.0.2.7/32', '2001:db8::/32']];
  for (const [way, path] of ways) {
    for (const address of ['192.0.2.8', '2001:db8::1', null]) {
      const { denied } = await ask(way, { BILLING: 'WRITE' }, { networks, address });
      expect(denied).toEqual([`${path} ADDRESS_NOT_ALLOWED G11`]);
    }
    expect(asked).toEqual([]);
    expect((await ask(way, { BILLING: 'WRITE' }, { networks, address: '::ffff:192.0.2.7' })).denied).toBeUndefined();
  }
});

test('each denial has an error and a decision id of its own', async () => {
  const schema = guard(make(), complete);
  const result = await execute({
    schema,
    document: parse('{ a: purse { coins } b: purse { coins } }'),
    contextValue: { viewer: viewer({}) },
  });
  const ids = result.errors?.map((error) => error.extensions['decisionId']);
  expect(new Set(ids).size).toBe(2);
});

test('a field that asks for nothing that its parent did not ask for is left as it was: no value costs a promise', () => {
  const label = () => 'a';
  const coins = () => 5;
  const schema = buildSubgraphSchema([
    {
      typeDefs,
      resolvers: { ...resolvers, Box: { label }, Purse: { ...resolvers.Purse, coins, secret: () => 'gold' } },
    },
  ]);
  const before = fieldsOf(schema, 'Purse')['id']?.resolve;
  const guarded = guard(schema, complete);
  expect(fieldsOf(guarded, 'Box')['label']?.resolve).toBe(label);
  expect(fieldsOf(guarded, 'Purse')['coins']?.resolve).toBe(coins);
  expect(fieldsOf(guarded, 'Purse')['id']?.resolve).toBe(before);
});

test('every other field is decided by graphql-shield, which stands in the place of its resolver', async () => {
  const guarded = guard(make(), complete);
  const answers = [
    ['Query', 'purse'],
    ['Query', 'boxes'],
    ['Mutation', 'spend'],
    ['Box', 'purse'],
    ['SpendPayload', 'purse'],
    ['Purse', 'secret'],
  ].map(([type, field]) =>
    fieldsOf(guarded, type as string)[field as string]?.resolve?.(purse, {}, { viewer: {} }, {} as never),
  );
  // No one is known: it returns its error, and throws none.
  for (const answer of answers) expect(await answer).toBeInstanceOf(GraphQLError);
});

test('where a rule throws nobody passes', async () => {
  const schema = guard(make(), complete);
  const ways = ['{ purse { coins } }', '{ boxes { purse { coins } } }', 'mutation { spend { purse { coins } } }'];
  for (const way of ways) {
    // Without a viewer there is nothing that a rule could look at.
    const { errors } = await execute({ schema, document: parse(way), contextValue: {} });
    expect(errors?.map(({ extensions: { code, rule } }) => ({ code, rule }))).toEqual([
      { code: 'FORBIDDEN', rule: 'shield' },
    ]);
  }
  expect(asked).toEqual([]);
});

const elsewhere = Object.assign(
  rule('elsewhere')(() => true),
  { check: () => true as const },
) as unknown as Rule;

test.each([
  [
    'a query without a line',
    { ...complete, Query: { ...(complete['Query'] as object), purse: undefined } },
    'Query.purse: the rule is undefined.',
  ],
  ['a mutation that is not named', { ...complete, Mutation: {} }, 'Mutation.spend has no rule.'],
  ['a wildcard on a root type', { ...complete, Mutation: { '*': allow } }, 'Mutation.spend has no rule.'],
  ['one rule for a whole root type', { ...complete, Mutation: allow }, 'Mutation: name a rule for every field.'],
  ['a type without a rule', { ...complete, Purse: undefined }, 'Purse has no rule.'],
  ['a type with rules for some fields only', { ...complete, Purse: { coins: allow } }, 'Purse.id has no rule.'],
  [
    'a rule for a field that does not exist',
    { ...complete, Box: { '*': allow, lid: allow } },
    'Box.lid does not exist.',
  ],
  ['a rule for a type that does not exist', { ...complete, Chest: allow }, 'Chest is no type of this schema.'],
  [
    'a query that everybody may ask, from anywhere',
    { ...complete, Query: { ...(complete['Query'] as object), purse: allow } },
    'Query.purse: its rule asks nobody for the address that they call from.',
  ],
  [
    'a mutation of that kind',
    { ...complete, Mutation: { spend: allow } },
    'Mutation.spend: its rule asks nobody for the address that they call from.',
  ],
  [
    'an entity of that kind: `_entities` precedes it with no rule',
    { ...complete, Purse: allow },
    'Purse: its rule asks nobody for the address that they call from.',
  ],
  [
    'an entity with such fields',
    { ...complete, Purse: { '*': allow, secret: requires('SECURITY', 'READ') } },
    'Purse.*: its rule asks nobody for the address that they call from.',
  ],
  [
    'a rule that was made elsewhere, and does not ask for the address',
    { ...complete, Box: elsewhere },
    'Box: its rule asks nobody for the address that they call from.',
  ],
  ['a rule on an input', { ...complete, Unused: allow }, 'Unused: rules reach object types only.'],
  ['a rule on a union', { ...complete, _Entity: allow }, '_Entity: rules reach object types only.'],
])('refuses to serve a permissions table with a gap: %s', (_name, permissions, gap) => {
  expect(findGaps(make(), permissions as unknown as Permissions)).toContain(gap);
  expect(() => guard(make(), permissions as unknown as Permissions)).toThrow(gap);
});

test('refuses a field that hands out an interface: rules do not reach it', () => {
  const schema = buildSubgraphSchema([
    {
      typeDefs: parse(
        'type Query { thing: Thing } interface Thing { id: ID! } type Stone implements Thing { id: ID! }',
      ),
    },
  ]);
  const permissions = { Query: { _service: service('gateway'), thing: known }, Stone: allow, _Service: allow };
  expect(findGaps(schema, permissions)).toEqual(['Query.thing hands out Thing: rules do not reach abstract types.']);
});

test('finds nothing to complain of in a complete table', () => {
  expect(findGaps(make(), complete)).toEqual([]);
});
