import { scalars } from '@comptoir/shared/protocol/scalars.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startValueServers } from './testing/valueServers.ts';
import { JUDGED } from './testing/values.ts';

/**
 * A value that cannot be is told before anything runs: by the request as a whole, with its place, and no one is asked.
 */
let graph: Awaited<ReturnType<typeof startValueServers>>;
beforeAll(async () => {
  graph = await startValueServers();
});
afterAll(() => graph.stop());

/** For each scalar and enum, values that are none of it, and one that is. */
const VALUES: Record<string, { wrong: unknown[]; right: unknown }> = {
  DateTime: {
    wrong: ['garbage', '2026-13-01T00:00:00Z', '2026-02-30T00:00:00Z', '2026-01-01', {}, [['x']], true],
    right: '2026-01-01T00:00:00Z',
  },
  SafeInt: { wrong: ['x', 1.5, 9007199254740992, true, {}], right: 9007199254740991 },
  LocalDate: { wrong: ['garbage', '2026-13-01', '2026-02-30', 5, {}], right: '2026-02-28' },
  Decimal: { wrong: ['1,5', '1e3', '', 'NaN', 1.5, '1.123456789', {}], right: '12.30' },
  ID: { wrong: [1.5, true, {}], right: 'a' },
  Int: { wrong: [2147483648, -2147483649, 1.5, '1', true, {}], right: 2147483647 },
  Float: { wrong: ['1', true, {}], right: 1.5 },
  String: { wrong: [1, true, {}], right: 'a' },
  Boolean: { wrong: ['true', 1, {}], right: true },
  Kind: { wrong: ['THREE', 'one', 1, true, {}], right: 'ONE' },
};

const literal = (value: unknown, type: string): string => {
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, type)).join(', ')}]`;
  return type === 'Kind' && typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
};

type Asked = [query: string, variables: Record<string, unknown>];
/** The wrong value last, behind a mutation that must not be done then. */
const first = 'first: done far: doneFar';
const PLACES: Record<string, (name: string, value: unknown) => Asked> = {
  'a variable': (name, v) => [`mutation ($v: ${name}) { ${first} take${name}(one: $v) }`, { v }],
  'a variable in a list': (name, v) => [
    `mutation ($v: [${name}]) { ${first} take${name}(many: $v) }`,
    { v: [null, v] },
  ],
  'a variable as an item': (name, v) => [`mutation ($v: ${name}) { ${first} take${name}(many: [$v]) }`, { v }],
  'a variable in a literal input': (name, v) => [
    `mutation ($v: ${name}) { ${first} take${name}(in: { inner: { one: $v } }) }`,
    { v },
  ],
  'a field of an input variable': (name, v) => [
    `mutation ($v: ${name}In) { ${first} take${name}(in: $v) }`,
    { v: { inner: { inner: { one: v } } } },
  ],
  'a list in a list of inputs': (name, v) => [
    `mutation ($v: [${name}In!]) { ${first} take${name}(ins: $v) }`,
    { v: [{}, { many: [v] }] },
  ],
  'a literal': (name, v) => [`mutation { ${first} take${name}(one: ${literal(v, name)}) }`, {}],
  'a literal in a list': (name, v) => [`mutation { ${first} take${name}(many: [null, ${literal(v, name)}]) }`, {}],
  'a literal in an input': (name, v) => [
    `mutation { ${first} ...F } fragment F on Mutation { take${name}(in: { inner: { one: ${literal(v, name)} } }) }`,
    {},
  ],
  'the default of a variable': (name, v) => [
    `mutation ($v: ${name} = ${literal(v, name)}) { ${first} take${name}(one: $v) }`,
    {},
  ],
  'the default of an input variable': (name, v) => [
    `mutation ($v: ${name}In = { inner: { one: ${literal(v, name)} } }) { ${first} take${name}(in: $v) }`,
    {},
  ],
};

const withoutStatus = ({ status: _, ...answer }: Record<string, unknown>): object => answer;

test('every scalar of the graph that takes some values only is tried here', () => {
  const custom = Object.keys(scalars).filter((name) => name !== 'JSON');
  expect(JUDGED).toEqual(expect.arrayContaining(custom));
  expect(Object.keys(VALUES)).toEqual(JUDGED);
});

test.each(['one process', 'services'] as const)(
  '%s: a wrong value is told before anything is done, wherever it stands',
  async (topology) => {
    const { ask, asked } = graph.servers[topology];
    for (const [name, { wrong }] of Object.entries(VALUES)) {
      for (const [place, write] of Object.entries(PLACES)) {
        for (const value of wrong) {
          // No document can name an object whose fields do not exist as the value of another type but by its braces.
          const [query, variables] = write(name, value);
          if (place.includes('literal') && typeof value === 'object' && !Array.isArray(value) && name === 'ID')
            continue;
          asked.length = 0;
          const answer = await ask(query, variables);
          const what = `${place} ${name} ${JSON.stringify(value)}`;
          expect({ what, asked, data: 'data' in answer }).toEqual({ what, asked: [], data: false });
          expect({ what, status: answer.status }).toEqual({ what, status: 400 });
          for (const { locations, extensions } of answer.errors) {
            expect({ what, locations }).toEqual({ what, locations: [{ line: 1, column: expect.any(Number) }] });
            expect(['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED']).toContain(extensions.code);
          }
        }
      }
    }
  },
);

test('a right value passes in all of those places', async () => {
  const { ask, ran } = graph.servers.services;
  for (const [name, { right }] of Object.entries(VALUES)) {
    for (const [place, write] of Object.entries(PLACES)) {
      ran.length = 0;
      const answer = withoutStatus(await ask(...write(name, right)));
      const what = `${place} ${name}`;
      expect({ what, answer }).toEqual({
        what,
        answer: { data: { first: 'done', far: 'doneFar', [`take${name}`]: `take${name}` } },
      });
      expect(ran).toEqual(['done', 'doneFar', `take${name}`]);
    }
  }
});

test.each([
  [
    'a field that an input does not have',
    'mutation ($v: In!) { done(id: "a") held: takeID(in: $v) }',
    { v: { two: 1 } },
  ],
  ['a variable that must be given', 'mutation ($v: ID!) { done takeID(one: $v) }', {}],
  ['a condition that is none', 'mutation ($v: Boolean!) { done takeID @skip(if: $v) }', { v: 'yes' }],
  ['null for a condition', 'mutation ($v: Boolean!) { done takeID @include(if: $v) }', { v: null }],
  ['null for a condition, as a literal', 'mutation { done takeID @include(if: null) }', {}],
])('%s is told before anything is done', async (_what, query, variables) => {
  const { ask, asked } = graph.servers['one process'];
  asked.length = 0;
  const { errors, ...answer } = await ask(query, variables);
  expect(answer).toEqual({ status: 400 });
  expect(errors[0].locations.length).toBeGreaterThan(0);
  expect(asked).toEqual([]);
});

test("more wrong values than are told are the caller's mistake, and no incident", async () => {
  const { ask, asked, logged } = graph.servers['one process'];
  const unknown = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`f${n}`, n]));
  for (const [query, v] of [
    ['mutation ($v: IDIn) { done takeID(in: $v) }', unknown],
    ['mutation ($v: [DateTime]) { done takeDateTime(many: $v) }', Array(60).fill('garbage')],
    ['query ($v: [ID!]!) { list(ids: $v) }', Array(60).fill(null)],
  ] as const) {
    asked.length = 0;
    const { errors, ...answer } = await ask(query, { v });
    expect(answer).toEqual({ status: 400 });
    expect(errors).toHaveLength(51);
    expect(errors.at(-1).message).toMatch(/too many errors/i);
    for (const { extensions } of errors) expect(extensions).toEqual({ code: 'BAD_USER_INPUT' });
    expect([asked, logged]).toEqual([[], []]);
  }
});

test('why a value of our own scalars is none is said in our words', async () => {
  const { errors } = await graph.servers.services.ask('mutation ($v: DateTime) { takeDateTime(one: $v) }', { v: 'x' });
  expect(errors).toHaveLength(1);
  expect(errors[0].message).toMatch(/^Variable "\$v": DateTime cannot represent/);
});
