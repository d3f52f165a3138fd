import { expect, test } from '@jest/globals';
import { changedPart, manifestOf, rowText } from './sealManifest.ts';

const id = (last: number): string => `01a20000-0000-7000-8000-${String(last).padStart(12, '0')}`;
const ROWS = [
  { part: 0, id: id(1), text: 'one' },
  { part: 0, id: id(2), text: 'two' },
  { part: 1, id: id(1), text: 'a charge of the same id' },
];

test('a manifest does not depend on the order in which its rows come', () => {
  expect(manifestOf(ROWS.toReversed())).toEqual(manifestOf(ROWS));
  expect(manifestOf([])).toHaveLength(0);
});

test.each([
  ['the same', ROWS, null],
  ['another text', ROWS.with(1, { part: 0, id: id(2), text: 'other' }), { part: 0, id: id(2), change: 'changed' }],
  ['one gone', ROWS.slice(0, 2), { part: 1, id: id(1), change: 'removed' }],
  ['one more', [...ROWS, { part: 2, id: id(9), text: 'new' }], { part: 2, id: id(9), change: 'added' }],
  ['one of another id', ROWS.with(0, { part: 0, id: id(7), text: 'one' }), { part: 0, id: id(1), change: 'removed' }],
  [
    'one in another table',
    ROWS.with(2, { part: 0, id: id(1), text: 'a charge of the same id' }),
    { part: 1, id: id(1), change: 'removed' },
  ],
  ['one twice', [...ROWS, ROWS[0] as (typeof ROWS)[0]], { part: 0, id: id(1), change: 'added' }],
])('of a manifest with %s, what differs is named', (_case, rows, named) => {
  expect(changedPart(manifestOf(ROWS), manifestOf(rows))).toEqual(named);
});

test('a row is written as PostgreSQL writes a JSON array of text', () => {
  expect(rowText(['a', null, 'ü"\\\n'])).toBe('["a", null, "ü\\"\\\\\\n"]');
});
