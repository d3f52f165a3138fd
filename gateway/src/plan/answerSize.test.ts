import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import {
  buildSchema,
  getIntrospectionQuery,
  type OperationDefinitionNode,
  type OperationTypeNode,
  parse,
} from 'graphql';
import { LIMITS } from '../operation/limits.ts';
import { fragmentsOf, type Opened, open } from '../operation/opened.ts';
import { answerSize } from './answerSize.ts';

const schema = buildSchema(/* GraphQL */ `
  type Query { node: Node list(first: Int = 20): Page short: [Node!]! words: [String!]! }
  type Mutation { record(input: Given!): Recorded }
  input Given { name: String events: [Int!]! }
  type Recorded { results: [Node!]! }
  type Page { nodes: [Node!]! edges: [Edge!]! pageInfo: PageInfo! }
  type Edge { cursor: String! node: Node! }
  type PageInfo { endCursor: String }
  type Node { a: Int b: Int list(first: Int = 20): Page short: [Node!]! }
`);

function sizeOf(query: string, variables: Record<string, unknown> = {}): { values: number; rows: number } {
  const document = parse(query);
  const operation = document.definitions[0] as OperationDefinitionNode;
  const opened = open(operation, fragmentsOf(document)) as Opened;
  const { values, rows } = answerSize(schema, operation.operation, opened);
  return { values: values(variables), rows: rows(variables) };
}

test.each<[string, Record<string, unknown>, number]>([
  ['{ __typename node { a b } }', {}, 4],
  ['{ list(first: 10) { nodes { a b } } }', {}, 1 + 10 * 3],
  ['{ list { nodes { a } pageInfo { endCursor } } }', {}, 1 + 20 * 4],
  ['{ list { edges { cursor node { a } } } }', {}, 1 + 20 * 4],
  ['query ($n: Int) { list(first: $n) { nodes { a } } }', { n: 50 }, 1 + 50 * 2],
  ['query ($n: Int) { list(first: $n) { nodes { a } } }', {}, 1 + 20 * 2],
  ['query ($n: Int) { list(first: $n) { nodes { a } } }', { n: null }, 1 + 20 * 2],
  ['{ list(first: null) { nodes { a } } }', {}, 1 + 20 * 2],
  // More than a list gives is refused by the list; less than nothing, too.
  ['{ list(first: 100000) { nodes { a } } }', {}, 1 + 100 * 2],
  ['{ list(first: -5) { nodes { a } } }', {}, 1],
  ['{ list(first: 100) { nodes { list(first: 100) { nodes { a } } } } }', {}, 1 + 100 * (1 + 1 + 100 * 2)],
  // What is one field in the answer is counted once.
  ['{ ...F ...F } fragment F on Query { list(first: 2) { nodes { a } } }', {}, 1 + 2 * 2],
  ['{ list(first: 2) { nodes { a } } list(first: 2) { nodes { b } } }', {}, 1 + 2 * 3],
  ['{ ... on Query { ... { __typename } } }', {}, 1],
  ['{ list(first: 50) { ... { nodes { ...N } } } } fragment N on Node { a }', {}, 1 + 50 * 2],
  ['{ list(first: 50) { ...P } } fragment P on Page { ... on Page { nodes { a } } }', {}, 1 + 50 * 2],
  ['{ list { ...P @include(if: false) } } fragment P on Page { nodes { a } }', {}, 1 + 20 * 2],
  // Lists that do not page are short, and of texts one value.
  ['{ short { a } words }', {}, 1 + 3 + 1],
  ['{ list(first: 3) { nodes { short { a } } } }', {}, 1 + 3 * (1 + 1 + 3)],
  // What a mutation is given comes back.
  ['mutation { record(input: { events: [1, 2] }) { results { a } } }', {}, 1 + 1 + 3],
  ['mutation ($i: Given!) { record(input: $i) { results { a } } }', { i: { events: Array(500).fill(1) } }, 2 + 500],
  [
    'mutation ($e: [Int!]!) { record(input: { events: $e }) { results { a short { b } } } }',
    { e: Array(30) },
    2 + 30 * (1 + 1 + 3),
  ],
])('%s with %j is at most %i values', (query, variables, size) => {
  expect(sizeOf(query, variables).values).toBe(size);
});

test.each<[string, number]>([
  ['{ node { a b } words }', 0],
  ['{ list(first: 10) { nodes { a b } } }', 10],
  ['{ list(first: 10) { edges { node { short { a } } } } }', 10 + 10 * 3],
  ['{ list(first: 100) { nodes { list(first: 100) { nodes { a } } } } }', 100 + 100 * 100],
])('%s reads at most %i rows', (query, rows) => {
  expect(sizeOf(query).rows).toBe(rows);
});

test('introspection is as large as the graph: all of it may be asked once, not many times', () => {
  const graph = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
  const valuesOf = (query: string): number => {
    const document = parse(query);
    const opened = open(document.definitions[0] as OperationDefinitionNode, fragmentsOf(document)) as Opened;
    return answerSize(graph, 'query' as OperationTypeNode, opened).values({});
  };
  const all = { descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, inputValueDeprecation: true };
  expect(valuesOf(getIntrospectionQuery(all))).toBeLessThan(LIMITS.answerValues);
  const again = Array.from({ length: 90 }, (_, at) => `t${at}: types { fields { name } }`).join(' ');
  expect(valuesOf(`{ __schema { ${again} } }`)).toBeGreaterThan(LIMITS.answerValues);
  expect(valuesOf(`{ __schema { ... on __Schema { ${again} } } }`)).toBeGreaterThan(LIMITS.answerValues);
});
