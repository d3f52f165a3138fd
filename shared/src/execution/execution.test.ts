import { expect, test } from '@jest/globals';
import {
  buildSchema,
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
  isUnionType,
  parse,
  responsePathAsArray,
  validate,
} from 'graphql';
import { createExecution } from './execution.ts';

const SDL = `
  type Query { node: Node sure: Node! nodes: [Node] sureNodes: [Node!]! any: [Any] grid: [[Node!]] }
  type Mutation { change: Node other: Node }
  type Node {
    id: ID! text(of: String = "x", times: Int): String sure(of: Int!): String! plain: Int surePlain: Int!
    odd: [Int] sureOdd: [Int!]! node: Node sureNode: Node! nodes: [Node] sureNodes: [Node!]! any: Any sureAny: Any!
  }
  type Leaf { id: ID! name: String }
  union Any = Node | Leaf
`;

/** A number from 0 on that depends on the text alone, so that both executors meet the same values. */
function hash(text: string): number {
  let sum = 2_166_136_261;
  for (const char of text) sum = Math.imul(sum ^ char.charCodeAt(0), 16_777_619);
  sum = Math.imul(sum ^ (sum >>> 15), 2_246_822_507);
  return (sum ^ (sum >>> 13)) >>> 0;
}

/** In percent; `broken` is one path that fails whatever the chances are. */
type Chances = { errors: number; nulls: number; promises: number; broken?: string };

/** A schema whose resolvers give values, nulls, errors and promises of all these, by seed and path. */
function makeSchema(seed: number, chances: Chances): GraphQLSchema {
  const schema = buildSchema(SDL);
  const draw = (name: string, path: readonly (string | number)[], of: number): number =>
    hash(`${seed} ${name} ${path.join('.')}`) % of;
  const happens = (name: string, path: readonly (string | number)[], percent: number): boolean =>
    draw(name, path, 100) < percent;
  /** The value itself or its failure, now or later. */
  function deliver(
    path: readonly (string | number)[],
    make: () => unknown,
    later = happens('promise', path, chances.promises),
  ): unknown {
    const broken = path.join('.') === chances.broken || happens('error', path, chances.errors);
    const give = (): unknown => {
      if (!broken) return happens('null', path, chances.nulls) ? null : make();
      if (happens('returned', path, 30)) return new Error(`returned at ${path.join('.')}`);
      throw new Error(`thrown at ${path.join('.')}`);
    };
    return later ? Promise.resolve().then(give) : give();
  }
  const node = (path: readonly (string | number)[]) => ({
    __typename: happens('leaf', path, 40) ? 'Leaf' : 'Node',
    id: path.join('.'),
    name: 'leaf',
    get plain() {
      return deliver([...path, 'plain'], () => draw('plain', path, 9));
    },
    surePlain: (): unknown => deliver([...path, 'surePlain'], () => 1),
  });
  // All items are promises, or nothing is: where one fails at once, graphql-js forgets what others have under way, and
  // its rejection ends the process.
  const list = (path: readonly (string | number)[], make: (path: readonly (string | number)[]) => unknown): unknown =>
    Array.from({ length: draw('length', path, 4) }, (_, index) =>
      deliver([...path, index], () => make([...path, index]), chances.promises > 0),
    );

  for (const type of Object.values(schema.getTypeMap())) {
    if (isUnionType(type))
      type.resolveType = (value: { id: string; __typename: string }) =>
        happens('typed', [value.id], 30) ? Promise.resolve(value.__typename) : value.__typename;
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      if (['id', 'name', 'plain', 'surePlain'].includes(field.name)) continue;
      const kind = String(field.type).replace(/!/g, '');
      const resolve: GraphQLFieldResolver<unknown, unknown> = (_parent, args, _context, info) => {
        const path = responsePathAsArray(info.path);
        return deliver(path, () => {
          if (kind === '[[Node]]') return list(path, (inner) => list(inner, node));
          if (kind === '[Int]')
            return list(path, (inner) => (happens('text', inner, 2 * chances.errors) ? 'no number' : 7));
          if (kind === 'String')
            return `${JSON.stringify(args)} ${info.fieldName} ${info.parentType} ${info.returnType} ${info.fieldNodes.length}`;
          return kind.startsWith('[') ? list(path, node) : node(path);
        });
      };
      field.resolve = resolve;
    }
  }
  return schema;
}

const QUERIES = [
  'query ($n: Int) { node { id text(times: $n) plain } sure { surePlain sure(of: 3) } }',
  '{ nodes { id odd sureOdd node { sure(of: 1) } } sureNodes { plain nodes { text } sureNodes { surePlain } } }',
  `{ any { __typename ... on Node { id any { ...A } sureAny { ...A } } ... on Leaf { name } } }
   fragment A on Any { __typename ... on Node { text(of: "a") } ...L } fragment L on Leaf { id name }`,
  '{ grid { sureNode { surePlain sureNodes { sure(of: 2) } } id } b: sure { sureNode { sureNode { surePlain } } } }',
  '{ nodes { n: node { id } } nodes { n: node { text t: text(of: "t") } } constructor: node { __proto__: id toString: text } }',
  'mutation { change { id nodes { text surePlain } } }',
  'mutation { change { id } other { nodes { id } } }',
  'mutation { a: change { id surePlain } b: other { nodes { surePlain } } c: change { sureNode { id } } }',
  `query ($n: Int, $yes: Boolean = true, $no: Boolean! = false) {
    node @skip(if: $no) { id text(times: $n) @include(if: $yes) other: plain @include(if: $no) ...P @include(if: $yes) ...P @skip(if: $yes) }
    nodes @include(if: $no) { id }
  } fragment P on Node { plain nodes { id @skip(if: $no) surePlain } }`,
  'query ($n: Int) { node @include(if: true) { id text(times: $n) @skip(if: false) } __schema { queryType { name } } }',
  '{ node { sure(of: "wrong") } }',
].map((text) => ({ text, document: parse(text) }));

const told = ({ errors = [] }: ExecutionResult): string[] =>
  errors.map(({ path, message }) => `${path?.join('.')}: ${message}`).sort();

/**
 * The places of the answer that errors made null. Several errors may meet in one, and which of them is told depends on
 * who was first.
 */
function nulled({ data, errors = [] }: ExecutionResult): string[] {
  const places = errors.map(({ path = [] }) => {
    let value: unknown = data;
    const place: (string | number)[] = [];
    for (const part of path) {
      if (value === null || value === undefined) break;
      place.push(part);
      value = (value as Record<string | number, unknown>)[part];
    }
    return place.join('.');
  });
  return [...new Set(places)].sort();
}

async function both(schema: GraphQLSchema, seed: number, document: DocumentNode) {
  const variableValues = { n: seed % 3 === 0 ? null : seed };
  const theirs = await execute({ schema, document, variableValues });
  const ours = await createExecution(schema)({ document, variableValues, contextValue: undefined });
  return { theirs, ours };
}

test('the queries of this test are valid, but for one that is wrong in an argument', () => {
  const schema = buildSchema(SDL);
  expect(QUERIES.filter(({ document }) => validate(schema, document).length > 0)).toEqual([QUERIES.at(-1)]);
});

test.each([
  ['everything is there at once', { errors: 0, nulls: 0, promises: 0 }],
  ['promises', { errors: 0, nulls: 0, promises: 60 }],
  ['nulls', { errors: 0, nulls: 15, promises: 0 }],
  ['errors', { errors: 8, nulls: 0, promises: 0 }],
  ['errors, nulls and promises', { errors: 5, nulls: 5, promises: 40 }],
  ['much goes wrong', { errors: 25, nulls: 25, promises: 50 }],
])('the answer is that of graphql-js, key by key: %s', async (_name, chances) => {
  for (let seed = 0; seed < 25; seed++) {
    const schema = makeSchema(seed, chances);
    for (const { text, document } of QUERIES) {
      const { theirs, ours } = await both(schema, seed, document);
      const where = `seed ${seed}, ${text}`;
      expect([where, JSON.stringify(ours.data)]).toEqual([where, JSON.stringify(theirs.data)]);
      expect([where, nulled(ours)]).toEqual([where, nulled(theirs)]);
    }
  }
});

test('an error, wherever it happens, is told as by graphql-js and spreads as far', async () => {
  const chances = { errors: 0, nulls: 0, promises: 30 };
  let spread = 0;
  for (const [number, { text, document }] of [...QUERIES, ...QUERIES].entries()) {
    const seed = 3 + number;
    const whole = (await both(makeSchema(seed, chances), seed, document)).ours.data;
    const paths = pathsIn(whole, []);
    for (const broken of paths) {
      const { theirs, ours } = await both(makeSchema(seed, { ...chances, broken }), seed, document);
      const where = `${broken} in ${text}`;
      expect([where, JSON.stringify(ours.data)]).toEqual([where, JSON.stringify(theirs.data)]);
      expect([where, told(ours)]).toEqual([where, told(theirs)]);
      if (nulled(ours)[0] !== broken && ours.errors !== undefined) spread += 1;
    }
  }
  expect(spread).toBeGreaterThan(50);
});

function pathsIn(value: unknown, path: readonly string[]): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[...path, key].join('.'), ...pathsIn(inner, [...path, key])]);
}

test('where every place may be null, each error is told, with its path and its nodes', async () => {
  const nullable = parse('{ nodes { plain text node { text nodes { plain odd } } } any { ... on Node { text } } }');
  let errors = 0;
  for (let seed = 0; seed < 100; seed++) {
    const schema = makeSchema(seed, { errors: 20, nulls: 5, promises: 50 });
    const { theirs, ours } = await both(schema, seed, nullable);
    expect(told(ours)).toEqual(told(theirs));
    for (const error of ours.errors ?? []) expect([error.nodes?.length, error.locations?.length]).toEqual([1, 1]);
    errors += ours.errors?.length ?? 0;
  }
  expect(errors).toBeGreaterThan(100);
});

test('of errors that make the same place null one is told, and none of below it', async () => {
  const schema = buildSchema('type Query { o: O } type O { a: Int! b: Int! below: O }');
  const fails = (name: string) => async () => {
    throw new Error(name);
  };
  const query = schema.getQueryType()?.getFields()['o'] as { resolve?: unknown };
  query.resolve = () => o;
  const o = { a: fails('a'), b: fails('b'), below: async () => ({ a: fails('below'), b: 1, below: null }) };
  const document = parse('{ o { a b below { a b } } }');
  const { theirs, ours } = await both(schema, 1, document);
  expect(told(theirs)).toEqual(['o.a: a']);
  expect(ours).toEqual(theirs);
});

test('variables that cannot be read and an operation that is not there are answered as by graphql-js', async () => {
  const schema = makeSchema(1, { errors: 0, nulls: 0, promises: 0 });
  const document = parse('query A($n: Int!) { node { text(times: $n) } }');
  for (const order of [{ variableValues: { n: 'x' } }, { variableValues: {} }, { operationName: 'B' }]) {
    const theirs = await execute({ schema, document, ...order });
    const ours = await createExecution(schema)({ document, contextValue: undefined, ...order });
    expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
    expect(ours.errors).toHaveLength(1);
  }
});

test('what is selected of a level is asked when all of the level is there, so that one statement can answer it', async () => {
  const schema = buildSchema('type Query { rows: [Row!]! } type Row { id: Int! next: Row deep: Int }');
  const rows = Array.from({ length: 20 }, (_, id) => ({ id }));
  const [query, row] = [schema.getType('Query'), schema.getType('Row')];
  if (!isObjectType(query) || !isObjectType(row)) throw new Error('Both are object types.');
  const resolve = (type: typeof row, field: string, resolver: GraphQLFieldResolver<{ id: number }, unknown>): void =>
    void Object.assign(type.getFields()[field] as object, { resolve: resolver });
  let there = 0;
  const thereWhenAsked: number[] = [];
  resolve(query, 'rows', () => rows);
  resolve(row, 'next', async ({ id }) => {
    for (let turn = 0; turn < id; turn++) await null;
    there += 1;
    return { id: id + 1 };
  });
  resolve(row, 'deep', ({ id }) => {
    thereWhenAsked.push(there);
    return id;
  });
  const document = parse('{ rows { id next { deep id } } }');
  const { data } = await createExecution(schema)({ document, contextValue: {} });
  expect((data as { rows: unknown[] }).rows[19]).toEqual({ id: 19, next: { deep: 20, id: 20 } });
  expect(thereWhenAsked).toEqual(rows.map(() => 20));
});

test('very many promises are taken one by one, and what comes of them is as by graphql-js', async () => {
  const schema = buildSchema('type Query { rows: [Row]! } type Row { id: ID! sure: Int! inner: Row list: [Row!] }');
  // Where a row is null, nothing below it fails: whether that is told is a matter of time, there as here.
  const row = (id: number): object => ({
    id,
    sure: async () => {
      if (id % 7 === 0) throw new Error(`no ${id}`);
      return id % 21 === 10 ? null : id;
    },
    inner: async () => (id % 5 === 0 ? null : { id: -id, sure: 1 }),
    list: async () => (id % 3 === 0 ? [row(7_001 + id)] : [{ id, sure: 1 }]),
  });
  const rows = schema.getQueryType()?.getFields()['rows'] as { resolve?: GraphQLFieldResolver<unknown, unknown> };
  rows.resolve = () => Array.from({ length: 300 }, async (_, at) => row(at));
  const document = parse('{ rows { id inner { id sure } list { id sure } sure } }');
  const byPath = ({ data, errors = [] }: ExecutionResult): unknown => ({
    data: JSON.parse(JSON.stringify(data)),
    errors: errors.map(({ path, message }) => `${path?.join('.')} ${message}`).sort(),
  });
  const [ours, theirs] = [
    await createExecution(schema)({ document, contextValue: null }),
    await execute({ schema, document }),
  ];
  expect(theirs.errors?.length).toBeGreaterThan(50);
  expect(byPath(ours)).toEqual(byPath(theirs));
});

test('objects of an answer inherit nothing', async () => {
  const schema = makeSchema(1, { errors: 0, nulls: 0, promises: 0 });
  const { data } = await createExecution(schema)({ document: parse('{ node { __proto__: id } }'), contextValue: {} });
  const node = data?.['node'] as Record<string, unknown>;
  expect(Object.keys(node)).toEqual(['__proto__']);
  expect('constructor' in node || 'toString' in node).toBe(false);
});

test('what is under way when the budget is spent has ended before the answer, and its failure is nobody else’s', async () => {
  const schema = buildSchema('type Query { rows: [Row] named: [[String]] } type Row { id: Int }');
  const fields = schema.getQueryType()?.getFields() as Record<string, { resolve?: unknown }>;
  let ended = 0;
  const failing = async (): Promise<never> => {
    await new Promise(setImmediate);
    ended += 1;
    throw new Error('too late');
  };
  const rows = (): Promise<never>[] => Array.from({ length: 20 }, failing);
  Object.assign(fields['rows'] as object, { resolve: rows });
  Object.assign(fields['named'] as object, { resolve: async () => [rows(), rows()] });
  const document = parse('{ rows { id } named }');
  await createExecution(schema)({ document, contextValue: {}, budget: { left: 0 } });
  expect(ended).toBe(60);
});
