import { expect, test } from '@jest/globals';
import { countGuess, HOUR_MS, LOCK_MS, networkOf } from './loginGuess.ts';

const at = new Date('2026-03-01T10:00:00Z');
const later = (milliseconds: number): Date => new Date(at.getTime() + milliseconds);
const fresh = { failures: 0, lockedUntil: null, guessedAt: [], knownNetwork: false };
const twenty = Array.from({ length: 20 }, (_, index) => later(-HOUR_MS + 60_000 * (index + 1)));

test('A47 the first four are counted, the fifth carries the lock', () => {
  expect(countGuess(fresh, at)).toEqual({ looked: true, failures: 1, lockedUntil: null });
  expect(countGuess({ ...fresh, failures: 3 }, at)).toEqual({ looked: true, failures: 4, lockedUntil: null });
  expect(countGuess({ ...fresh, failures: 4 }, at)).toEqual({ looked: true, failures: 5, lockedUntil: later(LOCK_MS) });
});

test('A48 during the lock none is looked at; its end begins a new count', () => {
  const locked = { ...fresh, failures: 5, lockedUntil: later(1) };
  expect(countGuess(locked, at)).toEqual({ looked: false, until: later(1) });
  expect(countGuess(locked, later(1))).toEqual({ looked: true, failures: 1, lockedUntil: null });
});

test('GUARD the twenty-first guess of an hour is not looked at, except from a known network', () => {
  expect(countGuess({ ...fresh, guessedAt: twenty.slice(1) }, at)).toMatchObject({ looked: true });
  expect(countGuess({ ...fresh, guessedAt: twenty }, at)).toEqual({ looked: false, until: later(60_000) });
  expect(countGuess({ ...fresh, guessedAt: twenty, knownNetwork: true }, at)).toMatchObject({
    looked: true,
    failures: 1,
  });
});

test.each([
  ['192.0.2.7', '192.0.2.7/32'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:ffff::', '2001:db8:1:2::/64'],
  ['::ffff:192.0.2.7', '192.0.2.7/32'],
  ['::192.0.2.7', '::/64'],
  ['64:ff9b::192.0.2.7', '64:ff9b::/64'],
  ['192.0.2', 'unknown'],
  [null, 'unknown'],
])('GUARD %s comes from the network %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
