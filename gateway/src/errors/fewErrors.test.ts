import { expect, test } from '@jest/globals';
import type { GraphQLFormattedError } from 'graphql';
import { fewErrors, leftOut } from './fewErrors.ts';

const denied = (row: number): GraphQLFormattedError => ({
  message: 'You are not allowed to do this.',
  path: ['list', row, 'secret'],
  extensions: { code: 'FORBIDDEN', decisionId: `${row}` },
});
const rows = (count: number): GraphQLFormattedError[] => Array.from({ length: count }, (_, row) => denied(row));

test('up to ten errors are told as they are', () => {
  for (const count of [0, 1, 10]) expect(fewErrors(rows(count))).toEqual(rows(count));
});

test('of more, nine are told, and the last says how many more there were', () => {
  expect(fewErrors(rows(11))).toEqual([...rows(9), leftOut(2)]);
  expect(fewErrors(rows(1_000)).at(-1)).toEqual({
    message: '991 more errors were left out.',
    extensions: { code: 'ERRORS_LEFT_OUT', leftOut: 991 },
  });
});

test('what was left out before is counted along', () => {
  expect(fewErrors([...rows(20), leftOut(500)]).at(-1)).toEqual(leftOut(511));
  expect(fewErrors([...rows(9), leftOut(1)])).toEqual([...rows(9), leftOut(1)]);
});

test('one of each kind comes before a second of any', () => {
  const other: GraphQLFormattedError = { message: 'Away.', path: ['other'], extensions: { code: 'SUBGRAPH_TIMEOUT' } };
  expect(fewErrors([...rows(200), other])).toEqual([denied(0), other, ...rows(8).slice(1), leftOut(192)]);
});
