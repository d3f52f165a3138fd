import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  buildSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { checkLimits, LIMITS, readGraph } from './operation/limits.ts';
import { fragmentsOf, type Opened, open } from './operation/opened.ts';
import { answerSize } from './plan/answerSize.ts';
import { CONDITIONAL, GIVEN, PLAIN, REPEATING, respell, type Spelling } from './testing/spellings.ts';

const sdl = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');
const schema = buildSchema(sdl);
const graph = { ...readGraph(sdl), logInFields: new Set(['sessionCreate']) };

type Variables = Record<string, unknown>;

/** The code of the refusal, by what the gateway asks before it fetches anything; null when it would run. */
function judge(query: string, variables: Variables): string | null {
  const breach = checkLimits(query, graph);
  if (breach !== null) return String(breach.extensions.code);
  const document = parse(query);
  const operation = document.definitions.find(
    (one) => one.kind === Kind.OPERATION_DEFINITION,
  ) as OperationDefinitionNode;
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], { ...GIVEN, ...variables });
  const opened = open(operation, fragmentsOf(document)) as Opened;
  const { values, rows } = answerSize(schema, operation.operation, opened);
  const given = coerced as Variables;
  return values(given) > LIMITS.answerValues || rows(given) > LIMITS.answerRows ? 'OPERATION_TOO_LARGE' : null;
}

const times = (count: number, make: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => make(n)).join(' ');

const fleet = (aliases: number): string =>
  `{ viewer { account { clients { nodes { trackers { nodes { account { trackers { nodes { ${times(aliases, (n) => `f${n}: name`)} } } } } } } } } } }`;
const deep = (levels: number): string => {
  const around = 'trackers { nodes { account {';
  const [full, rest] = [Math.floor(levels / 3), levels % 3];
  const last = ['id', 'trackers { pageInfo { endCursor } }', 'trackers { nodes { account { id } } }'][rest];
  return `{ viewer { account { ${times(full, () => around)} ${last} ${'} } }'.repeat(full)} } } }`;
};

/**
 * Operations that grow with n until one limit says no; `spellings` without those that count against that very limit.
 */
const LIMITED: Record<
  string,
  { of: (n: number) => string; most: number; variables?: (n: number) => Variables; without?: Iterable<string> }
> = {
  'values of nested pages': { of: fleet, most: 200 },
  'a first in the text': {
    of: (n) =>
      `{ viewer { account { clients(first: 100) { nodes { trackers(first: ${n}) { nodes { ${times(60, (at) => `f${at}: name`)} } } } } } } }`,
    most: 100,
  },
  'a first in a variable': {
    of: () =>
      `query Q($n: Int) { viewer { account { clients(first: 100) { nodes { trackers(first: $n) { nodes { ${times(60, (at) => `f${at}: name`)} } } } } } } }`,
    variables: (n) => ({ n }),
    most: 100,
  },
  'a first by default': {
    of: (n) =>
      `query Q($n: Int! = ${n}) { viewer { account { clients(first: 100) { nodes { trackers(first: $n) { nodes { ${times(60, (at) => `f${at}: name`)} } } } } } } }`,
    most: 100,
  },
  edges: {
    of: (n) =>
      `{ viewer { account { clients(first: 100) { edges { node { trackers(first: 100) { edges { node { ${times(n, (at) => `f${at}: name`)} } } } } } } } } }`,
    most: 200,
  },
  'what a mutation gives back': {
    of: (n) =>
      `mutation M($input: EventsRecordInput!) { ${times(n, (at) => `r${at}: eventsRecord(input: $input) { results { eventId code message rule } }`)} }`,
    // More than the mutation takes, so that few fields are enough.
    variables: () => ({ input: { events: Array(16_000).fill({ eventId: 'a', trackerId: 'b', kind: 'SCAN' }) } }),
    most: 19,
  },
  'rows of nested pages': {
    of: (n) =>
      `{ viewer { account { clients(first: 100) { nodes { trackers(first: ${n}) { nodes { events(first: 10) { nodes { id } } } } } } } } }`,
    most: 100,
  },
  depth: { of: deep, most: 20 },
  selections: {
    of: (n) =>
      `{ viewer { ${times(4, (a) => `a${a}: account { ...Many }`)} account { ${times(n, () => '')} id ${times(n % 2, (at) => `b${at}: id`)} } } } fragment Many on Account { ${times(n, (at) => `f${at}: name`)} }`,
    most: 400,
  },
  'root fields': { of: (n) => `{ ${times(n, (at) => `a${at}: viewer { __typename }`)} }`, most: 30 },
  'root fields of a mutation': {
    of: (n) =>
      `mutation M($input: TrackerRenameInput!) { ${times(n, (at) => `a${at}: trackerRename(input: $input) { __typename }`)} }`,
    variables: () => ({ input: { trackerId: 'a', name: 'b' } }),
    most: 30,
  },
  'log-ins': {
    of: (n) =>
      `mutation M($input: SessionCreateInput!) { ${times(n, (at) => `a${at}: sessionCreate(input: $input) { userErrors { code } }`)} }`,
    variables: () => ({ input: { email: 'a', password: 'b' } }),
    most: 10,
  },
  introspection: { of: (n) => `{ __schema { ${times(n, (at) => `t${at}: types { name kind }`)} } }`, most: 200 },
  'depth of introspection': {
    of: (n) => `{ __type(name: "Query") { ${'ofType { '.repeat(n)} name ${'} '.repeat(n)} } }`,
    most: 30,
  },
  directives: {
    of: (n) => `{ viewer { ${times(n, (at) => `a${at}: __typename @skip(if: false)`)} } }`,
    most: 60,
    without: Object.keys({ ...CONDITIONAL, ...REPEATING }),
  },
  'one name again and again': {
    of: (n) => `{ viewer { account { ${times(n, () => 'name')} } } }`,
    most: 200,
    without: Object.keys(REPEATING),
  },
};

/** The most that passes, as it is written at first. */
function threshold({ of, most, variables = () => ({}) }: (typeof LIMITED)[string]): number {
  let [passes, refused] = [0, most];
  while (refused - passes > 1) {
    const n = Math.floor((passes + refused) / 2);
    if (judge(of(n), variables(n)) === null) passes = n;
    else refused = n;
  }
  return passes;
}

const ALL: Readonly<Record<string, Spelling>> = { ...PLAIN, ...CONDITIONAL, ...REPEATING };

describe.each(Object.keys(LIMITED))('GUARD a limit sees through every spelling: %s', (name) => {
  const limited = LIMITED[name] as (typeof LIMITED)[string];
  const { of, variables = () => ({}), without = [] } = limited;
  const excluded = new Set(without);
  const spellings = Object.entries(ALL).filter(([each]) => !excluded.has(each));
  const most = threshold(limited);
  const cases = [
    { n: most, code: null },
    { n: most + 1, code: 'OPERATION_TOO_LARGE' },
  ];

  test('what passes and what does not differ by one', () => {
    expect(most).toBeGreaterThan(0);
    expect(validate(schema, parse(of(most)), specifiedRules)).toEqual([]);
  });

  test.each(spellings)('%s, anywhere', (_spelling, spelling) => {
    for (const { n, code } of cases) {
      for (const where of code === null ? [4] : [1, 4]) {
        const query = respell(of(n), schema, (depth) => (depth === where ? spelling : null));
        expect({ query, code: judge(query, variables(n)) }).toEqual({ query, code });
      }
    }
  });

  test('any of them together', () => {
    fc.assert(
      fc.property(fc.gen(), fc.constantFrom(...cases), (draw, { n, code }) => {
        let left = 4;
        const query = respell(of(n), schema, () => {
          if (left === 0 || draw(fc.nat, { max: 2 }) > 0) return null;
          left -= 1;
          return (spellings[draw(fc.nat, { max: spellings.length - 1 })] as [string, Spelling])[1];
        });
        expect({ query, code: judge(query, variables(n)) }).toEqual({ query, code });
      }),
      { numRuns: 8 },
    );
  });
});

test('the spellings mean what was meant: they are valid', () => {
  for (const [name, spelling] of Object.entries(ALL)) {
    const query = respell(fleet(4), schema, (depth) => (depth % 2 === 0 ? spelling : null));
    expect({ name, problems: validate(schema, parse(query)).map(({ message }) => `${message} ${query}`) }).toEqual({
      name,
      problems: [],
    });
  }
});
