import { expect, test } from '@jest/globals';
import type { Books } from './books.ts';
import { verdictOf } from './verdict.ts';

const books = (
  events: number,
  { credits = events, consumed = events, balance = 100 - events, sound = true } = {},
): Books => ({
  payers: new Map([['a', { id: 'a', name: 'A', events, credits, balance }]]),
  ledger: { sound, problems: [], consumed },
});

test.each<[what: string, accepted: number, unsure: number, after: Books, agrees: boolean]>([
  ['all the same', 10, 0, books(15), true],
  ['a lost answer that was stored', 8, 2, books(15), true],
  ['a lost answer that was stored before', 10, 3, books(15), true],
  ['a row too many', 9, 0, books(15), false],
  ['a row that is missing', 11, 0, books(15), false],
  ['a row that cost two', 10, 0, books(15, { credits: 16 }), false],
  ['a ledger that charged without a row', 10, 0, books(15, { consumed: 16 }), false],
  ['a wallet that lost one more', 10, 0, books(15, { balance: 84 }), false],
  ['a ledger whose own check finds a fault', 10, 0, books(15, { sound: false }), false],
])('N03 after 10 more events, %s (%i accepted, %i unsure)', (_what, accepted, unsure, after, agrees) => {
  const verdict = verdictOf({ accepted, unsure }, books(5), after);
  expect(verdict.agrees).toBe(agrees);
  expect(verdict.problems.length > 0).toBe(!agrees);
});
