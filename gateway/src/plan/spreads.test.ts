import { expect, test } from '@jest/globals';
import { type OperationDefinitionNode, parse, print } from 'graphql';
import { fragmentsOf } from '../operation/opened.ts';
import { withoutSpreads } from './spreads.ts';

test('each fragment stands where it is spread, with the conditions of the spread, however deep they nest', () => {
  const document = parse(`
    query Q($c: Boolean!) { a: node { ...A id } b: node { ...B @skip(if: $c) } }
    fragment A on Node { name ...B @include(if: $c) }
    fragment B on Node { inner { ...C } }
    fragment C on Node { id }`);
  const operation = document.definitions[0] as OperationDefinitionNode;
  const expected = `query Q($c: Boolean!) {
    a: node { ... on Node { name ... on Node @include(if: $c) { inner { ... on Node { id } } } } id }
    b: node { ... on Node @skip(if: $c) { inner { ... on Node { id } } } }
  }`;
  expect(print(withoutSpreads(operation, fragmentsOf(document)))).toBe(print(parse(expected)));
});
