import { readSdl } from '@comptoir/shared/service/localSubgraph.ts';
import { SUBGRAPHS } from '@comptoir/shared/values/subgraphs.ts';
import { expect, test } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { composeSupergraph } from '../supergraph/supergraph.ts';
import { checkLimits, findJsonBreach, LIMITS, readGraph } from './limits.ts';

const subgraphs = new URL('../../../subgraphs/', import.meta.url);
const sdls = SUBGRAPHS.map((name) => [name, readSdl(new URL(`${name}/src/`, subgraphs))]);
const graph = readGraph(composeSupergraph(Object.fromEntries(sdls)));

/** Where a password, a code, a link or an address is tried. */
const LOG_INS = [
  'sessionCreate',
  'sessionTotp',
  'sessionRefresh',
  'signUp',
  'signUpComplete',
  'passwordResetRequest',
  'passwordReset',
  'passwordResetSend',
  'passwordChange',
  'totpEnroll',
  'totpConfirm',
  'totpDisable',
  'emailChange',
  'emailChangeConfirm',
  'invitationAccept',
  'invitationRefuse',
];

/** The message of the refusal; null when the operation passes. */
function refused(query: string): string | null {
  const error = checkLimits(query, graph);
  if (error !== null) expect(error.extensions.code).toBe('OPERATION_TOO_LARGE');
  return error?.message ?? null;
}

const times = (count: number, make: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => make(n)).join(' ');

/** Each fragment spreads the next twice or more: a few hundred bytes that mean millions of fields. */
const nest = (levels: number, width: number): string =>
  `{ ...F0 } ${times(levels, (n) => `fragment F${n} on Query { ${times(width, () => (n + 1 < levels ? `...F${n + 1}` : 'clients { id }'))} }`)}`;

test('an ordinary operation passes, the second time without being counted', () => {
  const query = 'query Dashboard($first: Int) { clients(first: $first) { edges { node { id trackers { id } } } } }';
  expect(refused(query)).toBeNull();
  expect(refused(query)).toBeNull();
});

test('introspection as GraphiQL asks for it passes', () => {
  const options = {
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
  };
  expect(refused(getIntrospectionQuery(options))).toBeNull();
});

test('a nest of fragments of 884 bytes is refused', () => {
  const attack = nest(20, 3);
  expect(attack.length).toBeLessThan(1_000);
  expect(refused(attack)).toMatch(/4000 selections/);
});

test('a nest too large for any number is refused too', () => {
  expect(refused(nest(60, 8))).toMatch(/selections/);
});

test('selections are counted exactly, fragments expanded', () => {
  const fields = (count: number): string => `{ a { ${times(count, (n) => `f${n}`)} } }`;
  expect(refused(fields(LIMITS.selections - 1))).toBeNull();
  expect(refused(fields(LIMITS.selections))).toMatch(/selections/);
});

test.each([
  ['aliases', times(200, (n) => `a${n}: sessionCreate(name: "x")`)],
  ['aliases of __typename', times(200, (n) => `a${n}: __typename`)],
  ['inline fragments', times(21, (n) => `... on Mutation { a${n}: sessionCreate(name: "x") }`)],
  ['one field with other arguments', times(21, (n) => `sessionCreate(name: "x${n}")`)],
  [
    'fragments within fragments',
    `...A } fragment A on Mutation { ...B ...C } fragment B on Mutation { ${times(14, (n) => `a${n}: x`)} } fragment C on Mutation { ${times(7, (n) => `c${n}: x`)}`,
  ],
])('root fields are counted by instance: %s', (_what, selections) => {
  expect(refused(`mutation { ${selections} }`)).toMatch(/20 root fields/);
});

test('what is @logIn in the schema of identity is known to the gateway', () => {
  expect([...graph.logInFields].sort()).toEqual([...LOG_INS].sort());
});

test.each(LOG_INS)('GUARD five of the log-in family pass, and no sixth: %s', (field) => {
  const logIns = (count: number): string =>
    times(count, (n) => `a${n}: ${field}(input: $input) { userErrors { code } }`);
  expect(refused(`mutation { ${logIns(LIMITS.logInFields)} other { ${field} } }`)).toBeNull();
  expect(
    refused(
      `mutation { ${logIns(LIMITS.logInFields - 1)} ... { ...F } } fragment F on Mutation { b: signUp c: sessionTotp }`,
    ),
  ).toMatch(/5 log-ins/);
});

test('twenty root fields pass, and a fragment deeper down has no root fields', () => {
  expect(refused(`mutation { ${times(20, (n) => `a${n}: x`)} }`)).toBeNull();
  expect(refused(`{ account { ...A } } fragment A on Account { ${times(40, (n) => `f${n}`)} }`)).toBeNull();
});

test('one field is one, wherever and however often it is written: it runs once', () => {
  const same = (count: number): string => times(count, () => '... { sessionCreate(name: "x") ...F }');
  expect(refused(`mutation { ${same(40)} } fragment F on Mutation { sessionCreate(name: "x") { id } }`)).toBeNull();
  const twenty = times(20, (n) => `a${n}: x(b: 1, c: 2) { id }`);
  expect(refused(`mutation { ${twenty} ${twenty.replaceAll('b: 1, c: 2', 'c: 2 b: 1')} }`)).toBeNull();
  expect(refused(`mutation { ${twenty} ...F } fragment F on Mutation { b: x(b: 1, c: 2) }`)).toMatch(/20 root fields/);
});

test('every operation of a document is counted, not only the one that is named', () => {
  expect(refused(`query A { a } mutation B { ${times(21, (n) => `a${n}: x`)} }`)).toMatch(/root fields/);
});

test.each([
  ['on a field', `{ a ${times(51, () => '@x')} }`],
  ['on the operation', `query ${times(51, () => '@x')} { a }`],
  ['on variables', `query(${times(51, (n) => `$v${n}: Int @x`)}) { a }`],
  ['on spreads', `{ ${times(51, () => '...A @x')} } fragment A on Query { a }`],
  ['on a fragment that nobody spreads', `{ a } fragment A on Query ${times(51, () => '@x')} { a }`],
  ['hidden in fragments', `{ ${times(10, () => '...A')} } fragment A on Query { ${times(6, (n) => `f${n} @x`)} }`],
  ['a flood', `{ a ${times(900, (n) => `@x${n}`)} }`],
])('directives are counted: %s', (_what, query) => {
  expect(refused(query)).toMatch(/directives/);
});

test('depth is counted through fragments; twelve levels pass', () => {
  const deep = (levels: number): string => `${'{ a '.repeat(levels)}${'}'.repeat(levels)}`;
  expect(refused(deep(12))).toBeNull();
  expect(refused(deep(13))).toMatch(/12 levels/);
  expect(refused(`{ a { a { a { a { a { a { ...A } } } } } } } fragment A on Query ${deep(7)}`)).toMatch(/12 levels/);
});

test('introspection may be deeper, not endless', () => {
  const deep = (levels: number): string => `{ __schema ${'{ ofType '.repeat(levels)}${'}'.repeat(levels)} }`;
  expect(refused(deep(19))).toBeNull();
  expect(refused(deep(20))).toMatch(/introspection/);
});

test('introspection is not multiplied by aliases', () => {
  const types = times(60, (n) => `t${n}: types { name fields { name args { name } type { name ofType { name } } } }`);
  expect(refused(`{ __schema { ${types} } }`)).toMatch(/introspection selections/);
  const schemas = times(15, (n) => `s${n}: __schema { ...S }`);
  expect(refused(`{ ${schemas} } fragment S on __Schema { types { ${times(30, (n) => `f${n}: name`)} } }`)).toMatch(
    /introspection/,
  );
});

test.each([
  ['one field', times(200, () => 'owner { id }')],
  ['one alias', times(200, () => 'x: id')],
  ['in inline fragments', times(200, () => '... { owner { id } }')],
  ['in named fragments', times(120, () => '...F')],
])('validation compares each with each, so %s is not repeated at will', (_what, selections) => {
  expect(refused(`{ clients { ${selections} } } fragment F on Account { owner { id } }`)).toMatch(/repeated/);
});

test('long texts and many tokens are refused before they are read', () => {
  expect(refused(`{ a(text: "${'x'.repeat(60_000)}") }`)).toMatch(/characters/);
  expect(refused(`{ a(list: [${'1 '.repeat(3_000)}]) }`)).toMatch(/tokens/);
});

test('fragments in a circle are left to validation', () => {
  expect(refused('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A a }')).toBeNull();
});

test('what does not parse is left to the parser', () => {
  expect(refused('{ a')).toBeNull();
});

test('JSON may nest to 32 levels, and brackets within texts do not count', () => {
  expect(findJsonBreach(`${'['.repeat(32)}${']'.repeat(32)}`)).toBeNull();
  expect(findJsonBreach(`${'['.repeat(33)}${']'.repeat(33)}`)).toMatch(/deeper/);
  expect(findJsonBreach(`{"a":"${'['.repeat(100)}","b":"\\"${'{'.repeat(100)}"}`)).toBeNull();
  expect(findJsonBreach(`{"a":"\\\\",${'"b":{'.repeat(40)}`)).toMatch(/deeper/);
  expect(findJsonBreach('[]'.repeat(100))).toBeNull();
});

test('a megabyte of brackets is judged in one pass', () => {
  expect(findJsonBreach('['.repeat(1_000_000))).toMatch(/deeper/);
  expect(findJsonBreach(`"${'\\"'.repeat(500_000)}"`)).toBeNull();
});

test('lists are as long as a thousand events need, wherever they stand', () => {
  const list = (values: number): string => `{"a":[${Array(values).fill('"a,b"').join(',')}]}`;
  expect(findJsonBreach(list(LIMITS.jsonValues))).toBeNull();
  expect(findJsonBreach(list(LIMITS.jsonValues + 1))).toMatch(/more than 32000 values/);
});

test('names of types that do not exist are few: each is compared with all that do', () => {
  const known = readGraph('type Query {\n  a: Int\n}\n\ninput AnInput @x {\n  a: Int\n}\n');
  const asking = (names: string[]): string =>
    `query(${names.map((name, at) => `$v${at}: [${name}!]`).join(' ')}) { a }`;
  const unknown = Array.from({ length: LIMITS.unknownTypes + 1 }, (_, at) => `AnInpu${at}`);
  expect(checkLimits(asking(unknown), known)?.message).toMatch(/more than 5 types that do not exist/);
  expect(checkLimits(`{ ${unknown.map((name) => `... on ${name} { a }`).join(' ')} }`, known)).not.toBeNull();
  expect(checkLimits(asking(unknown.slice(1)), known)).toBeNull();
  expect(checkLimits(asking(['Int', 'String', 'ID', 'Boolean', 'Float', 'Query', 'AnInput']), known)).toBeNull();
});

test('what was within the limits of one graph is counted anew for another', () => {
  const query = `mutation { ${Array.from({ length: LIMITS.logInFields + 1 }, (_, n) => `a${n}: enter`).join(' ')} }`;
  const sdl = (directive: string): string => `type Query { a: Int } type Mutation { enter: Int ${directive} }`;
  expect(checkLimits(query, readGraph(sdl('')))).toBeNull();
  expect(checkLimits(query, readGraph(sdl('@logIn')))?.message).toMatch(/log-ins/);
});
