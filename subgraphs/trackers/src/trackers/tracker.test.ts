import { expect, test } from '@jest/globals';
import { copyNames, readName, refusesCopies, trackerActions } from './tracker.ts';
import type { TrackerRow } from './trackerTables.ts';

test.each([
  ['Door', 'Door'],
  ['  Door ', 'Door'],
  ['é'.repeat(200), 'é'.repeat(200)],
  ['😀'.repeat(200), '😀'.repeat(200)],
  ['', 'NAME_NOT_READABLE'],
  ['   ', 'NAME_NOT_READABLE'],
  ['x'.repeat(201), 'NAME_NOT_READABLE'],
  ['a\0b', 'NAME_NOT_READABLE'],
  ['\ud83d', 'NAME_NOT_READABLE'],
])('the name %j is read as %j', (text, expected) => {
  const name = readName(text, ['name']);
  expect(typeof name === 'string' ? name : name.code).toBe(expected);
});

test.each([
  [1, null, null],
  [1_000, null, null],
  [2, ['a', 'b'], null],
  [0, ['a'], 'COPIES_OUT_OF_BOUNDS'],
  [-1, null, 'COPIES_OUT_OF_BOUNDS'],
  [1_001, null, 'COPIES_OUT_OF_BOUNDS'],
  [2, ['a'], 'NAMES_DO_NOT_MATCH'],
  [1, [], 'NAMES_DO_NOT_MATCH'],
])('U18 %i copies with the names %j: %s', (copies, names, expected) => {
  expect(refusesCopies(copies, names)?.code ?? null).toBe(expected);
});

test('U18 copies are numbered from 2, and a long name is shortened to leave room', () => {
  expect(copyNames('Door', 3, null)).toEqual(['Door (2)', 'Door (3)', 'Door (4)']);
  expect(copyNames('x'.repeat(200), 1, null)).toEqual([`${'x'.repeat(196)} (2)`]);
});

test('U18 the first name that cannot be read refuses all', () => {
  expect(copyNames('Door', 3, ['a', '', ' '])).toMatchObject({
    code: 'NAME_NOT_READABLE',
    field: ['input', 'names', '1'],
  });
});

test.each([
  ['ACTIVE', { writes: true, owns: true, taken: false }, ['DEACTIVATE', 'RENAME', 'DUPLICATE', 'OFFER']],
  ['INACTIVE', { writes: true, owns: true, taken: true }, ['ACTIVATE', 'RENAME', 'DUPLICATE']],
  ['ACTIVE', { writes: true, owns: false, taken: false }, ['DEACTIVATE', 'RENAME', 'DUPLICATE']],
  ['ACTIVE', { writes: false, owns: true, taken: false }, []],
] as const)('A10 what can be done with a tracker that is %s, seen as %j', (status, seen, expected) => {
  const actions = trackerActions({ status } as TrackerRow, seen);
  expect(actions.filter(({ allowed }) => allowed).map(({ action }) => action)).toEqual(expected);
  expect(actions.every(({ allowed, reason }) => allowed === (reason === null))).toBe(true);
});
