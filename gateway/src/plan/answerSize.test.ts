import { expect, test } from '@jest/globals';
import { type OperationDefinitionNode, parse } from 'graphql';
import { answerSize } from './answerSize.ts';

function sizeOf(query: string, variables: Record<string, unknown> = {}): number {
  const document = parse(query);
  return answerSize(document, document.definitions[0] as OperationDefinitionNode)(variables);
}

test.each<[string, Record<string, unknown>, number]>([
  ['{ a b { c d } }', {}, 4],
  ['{ list(first: 10) { nodes { a b } } }', {}, 1 + 10 * 3],
  ['{ list { nodes { a } pageInfo { endCursor } } }', {}, 1 + 20 * 4],
  ['{ list { edges { cursor node { a } } } }', {}, 1 + 20 * 4],
  ['query ($n: Int) { list(first: $n) { nodes { a } } }', { n: 50 }, 1 + 50 * 2],
  ['query ($n: Int) { list(first: $n) { nodes { a } } }', {}, 1 + 20 * 2],
  // More than a list gives is refused by the list; less than nothing, too.
  ['{ list(first: 100000) { nodes { a } } }', {}, 1 + 100 * 2],
  ['{ list(first: -5) { nodes { a } } }', {}, 1],
  ['{ a(first: 100) { nodes { b(first: 100) { nodes { c } } } } }', {}, 1 + 100 * (1 + 1 + 100 * 2)],
  ['{ ...F ...F } fragment F on Query { a(first: 2) { nodes { b } } }', {}, 2 * (1 + 2 * 2)],
  ['{ ... on Query { ... { a } } }', {}, 1],
])('%s with %j is at most %i values', (query, variables, size) => {
  expect(sizeOf(query, variables)).toBe(size);
});
