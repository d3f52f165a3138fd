import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execute, parse, specifiedRules, validate } from 'graphql';
import { startValueServers } from './testing/valueServers.ts';
import { rootValue } from './testing/values.ts';

/**
 * A variable that is null where null may not be: allowed by the language where one has a default. graphql-js says what
 * must come out.
 */
let graph: Awaited<ReturnType<typeof startValueServers>>;
beforeAll(async () => {
  graph = await startValueServers();
});
afterAll(() => graph.stop());

/** What a field can be given `$v` by, as the fields of every holder are named. */
const FIELDS: [place: string, text: (suffix: string) => string, type: string][] = [
  ['an argument', (s) => `may${s}(id: $v)`, 'ID = "x"'],
  ['an argument of a field that must be', (s) => `must${s}(id: $v)`, 'ID = "x"'],
  ['an argument with a default of its own', (s) => `preset${s}(id: $v)`, 'ID'],
  ['an item of a list', (s) => `list${s}(ids: ["a", $v])`, 'ID = "x"'],
  ['a list', (s) => `list${s}(ids: $v)`, '[ID!] = ["x"]'],
  ['a field of an input', (s) => `held${s}(in: { n: $v })`, 'ID = "x"'],
  ['a field deep in an input', (s) => `held${s}(in: { n: "a", deep: { n: "b", deep: { n: $v } } })`, 'ID = "x"'],
  ['an item of a list in an input', (s) => `held${s}(in: { n: "a", l: [$v] })`, 'ID = "x"'],
  ['an input', (s) => `held${s}(in: $v)`, 'In = { n: "x" }'],
  ['@skip', (s) => `may${s}(id: "a") @skip(if: $v)`, 'Boolean = true'],
  ['@include', (s) => `may${s}(id: "a") @include(if: $v)`, 'Boolean = true'],
  ['@skip of a fragment', (s) => `... @skip(if: $v) { may${s}(id: "a") }`, 'Boolean = false'],
  [
    'both',
    (s) => `a: may${s}(id: "a") @skip(if: $v) b: may${s}(id: "b") @skip(if: true) @include(if: $v)`,
    'Boolean = true',
  ],
];
/** Where such a field stands. */
const HOLDERS: [holder: string, suffix: string, around: (text: string) => string][] = [
  ['the root', '', (text) => `${text} other: may(id: "o")`],
  ['an object', '', (text) => `near { ${text} id } other: may(id: "o")`],
  ['an object in an object', '', (text) => `demanded { id inner { ${text} id } } other: may(id: "o")`],
  ['an object that must be', '', (text) => `demanded { ${text} id } other: may(id: "o")`],
  ['objects of a list', '', (text) => `nears { ${text} id } other: may(id: "o")`],
  ['an entity elsewhere', 'Far', (text) => `near { id ${text} } other: may(id: "o")`],
  ['entities elsewhere, of a list', 'Far', (text) => `nears { ${text} } other: may(id: "o")`],
];
const WRITTEN: [form: string, write: (text: string, holder: string) => [string, string]][] = [
  ['plain', (text) => [text, '']],
  ['in a fragment', (text, type) => ['...F', `fragment F on ${type} { ${text} }`]],
  ['inline', (text, type) => [`... on ${type} { ... { ${text} } }`, '']],
];

type Told = { message: string; path?: readonly unknown[]; locations?: unknown };
/** Of several rows that take one list along, graphql-js tells the first: so rows count as one. */
const told = (errors: readonly Told[] = []): string[] => {
  const texts = errors.map(({ message, path, locations }) =>
    JSON.stringify([message, path?.map((key) => (typeof key === 'number' ? '*' : key)), locations]),
  );
  return [...new Set(texts)].sort();
};

test.each(HOLDERS)(
  'null where none may be, in fields of %s, is told as by graphql-js',
  async (holder, suffix, around) => {
    for (const [at, [place, text, type]] of FIELDS.entries()) {
      // Each form with each place and with each holder, not all three together.
      const [form, write] = WRITTEN[(at + HOLDERS.findIndex(([name]) => name === holder)) % 3] as (typeof WRITTEN)[0];
      const [selection, fragment] = write(text(suffix), holder === 'the root' ? 'Query' : 'Near');
      const query = `query ($v: ${type}) { ${around(selection)} }\n${fragment}`;
      const document = parse(query);
      expect(validate(graph.schema, document, specifiedRules)).toEqual([]);
      for (const variables of [{ v: null }, {}]) {
        const expected = JSON.parse(
          JSON.stringify(await execute({ schema: graph.schema, document, rootValue, variableValues: variables })),
        );
        for (const [topology, { ask }] of Object.entries(graph.servers)) {
          const { data, errors } = await ask(query, variables);
          const what = `${place}, ${form}, ${topology}: ${query}`;
          expect({ what, data }).toEqual({ what, data: expected.data });
          expect({ what, told: told(errors) }).toEqual({ what, told: told(expected.errors) });
          for (const { extensions } of errors ?? []) expect(extensions).toEqual({ code: 'BAD_USER_INPUT' });
        }
      }
    }
  },
);

test.each(['one process', 'services'] as const)(
  '%s: a mutation whose answer a null would take along is not begun',
  async (topology) => {
    const { ask, ran } = graph.servers[topology];
    for (const [text, type, fragment = ''] of [
      ['first: done far: doneFar must(id: $v) { id }', 'ID = "x"'],
      ['first: done must(id: "a") @skip(if: $v) { id }', 'Boolean = false'],
      ['first: done must(id: "a") { id @include(if: $v) }', 'Boolean = true'],
      ['first: done must(id: "a") { ... @include(if: $v) { id } }', 'Boolean = true'],
      ['pay { ok n @include(if: $v) }', 'Boolean = true'],
      ['first: done far: doneFar pay { ok ... @skip(if: $v) { n } }', 'Boolean = false'],
      ['first: done pay { ok ...F }', 'Boolean = true', 'fragment F on Paid { n @include(if: $v) }'],
      ['first: done pay { ok sure { n @include(if: $v) } }', 'Boolean = true'],
      ['first: done pay { ok each { sure { n @include(if: $v) } } }', 'Boolean = true'],
      ['first: done pay { ok any { ... on Paid { n @include(if: $v) } } }', 'Boolean = true'],
      ['first: done payNear(id: "a") { id must(id: $v) }', 'ID = "x"'],
      ['first: done payNear(id: "a") { id mustFar(id: $v) }', 'ID = "x"'],
    ]) {
      ran.length = 0;
      const { data, errors } = await ask(`mutation ($v: ${type}) { ${text} } ${fragment}`, { v: null });
      expect([data, ran, errors.map((error: any) => error.extensions.code)]).toEqual([null, [], ['BAD_USER_INPUT']]);
      expect(errors[0].locations).toHaveLength(1);
    }
  },
);

test.each([
  [
    'beside a mutation that may be null the others run',
    'a: done may(id: $v) b: doneFar',
    { a: 'done', may: null, b: 'doneFar' },
    ['done', 'doneFar'],
    ['may'],
  ],
  [
    'so they do beside one of an object, whatever is asked of it',
    'a: done payNear(id: $v) { id must(id: $v) } b: doneFar',
    { a: 'done', payNear: null, b: 'doneFar' },
    ['done', 'doneFar'],
    ['payNear'],
  ],
  [
    'what may be null in its answer takes nothing along',
    'payNear(id: "a") { id may(id: $v) }',
    { payNear: { id: 'n', may: null } },
    ['payNear'],
    ['payNear', 'may'],
  ],
  [
    'nor does what must be below it',
    'pay { ok near { id must(id: $v) } }',
    { pay: { ok: true, near: null } },
    ['pay'],
    ['pay', 'near', 'must'],
  ],
])('%s', async (_what, text, expected, runs, path) => {
  for (const { ask, ran } of Object.values(graph.servers)) {
    ran.length = 0;
    const { data, errors } = await ask(`mutation ($v: ID = "x") { ${text} }`, { v: null });
    expect(data).toEqual(expected);
    expect(errors).toMatchObject([{ path, extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(ran).toEqual(runs);
  }
});

test('a condition that is null below what may be null is told there', async () => {
  for (const { ask, ran } of Object.values(graph.servers)) {
    ran.length = 0;
    const query = 'mutation ($v: Boolean = true) { pay { ok near { id @skip(if: $v) } some { n @skip(if: $v) } } }';
    const { data, errors } = await ask(query, { v: null });
    expect(data).toEqual({ pay: { ok: true, near: null, some: [null] } });
    expect(errors.map(({ extensions }: any) => extensions)).toEqual(Array(2).fill({ code: 'BAD_USER_INPUT' }));
    expect(ran).toEqual(['pay']);
  }
});

test('the schema answers for itself with the same errors', async () => {
  const { ask } = graph.servers.services;
  const type = await ask('query ($v: String = "Near") { __type(name: $v) { name } near { id } }', { v: null });
  expect(type).toMatchObject({
    data: { __type: null, near: { id: 'n' } },
    errors: [{ path: ['__type'], extensions: { code: 'BAD_USER_INPUT' } }],
  });
  const all = await ask('query ($v: Boolean = true) { __schema { queryType { name @skip(if: $v) } } }', { v: null });
  expect(all).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  expect(all.errors).toHaveLength(1);
});
