import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AllocatedLot, legsIn, MAX_MOVED, partsToTakeBack, refusesMove } from './move.ts';

const now = new Date('2026-11-22T12:00:00.000Z');
const inDays = (days: number): Date => new Date(now.getTime() + days * 86_400_000);
const lot = (of: Partial<AllocatedLot>): AllocatedLot => ({
  id: 'a',
  source: 'PURCHASED',
  priority: 0,
  grantedAt: inDays(-2),
  expiresAt: null,
  seq: 1n,
  remaining: 10n,
  originLotId: 'origin',
  ...of,
});

test.each([
  [{ credits: 0 }, 'CREDITS_OUT_OF_BOUNDS'],
  [{ credits: MAX_MOVED + 1 }, 'CREDITS_OUT_OF_BOUNDS'],
  [{ credits: 0, toAccountId: 'one' }, 'CREDITS_OUT_OF_BOUNDS'],
  [{ toAccountId: 'one' }, 'SAME_ACCOUNT'],
  [{ credits: MAX_MOVED }, undefined],
  [{}, undefined],
])('A63 asked for %j: %s', (of, code) => {
  expect(refusesMove({ fromAccountId: 'one', toAccountId: 'two', credits: 1, ...of })?.code).toBe(code);
});

test('P an allocated lot keeps source, priority and expiry, and remembers its origin', () => {
  const origin = lot({ id: 'o', source: 'GRANTED', priority: 3, expiresAt: inDays(9) });
  const [leg] = legsIn('SMS', 'wallet', [{ lotId: 'o', credits: 4n }], [lot({ id: 'x' }), origin]);
  expect(leg).toMatchObject({
    kind: 'SMS',
    amount: 4n,
    opens: { walletId: 'wallet', source: 'GRANTED', priority: 3, expiresAt: inDays(9), originLotId: 'o' },
  });
  expect(() => legsIn('SMS', 'wallet', [{ lotId: 'unknown', credits: 4n }], [origin])).toThrow('not among the lots');
});

test('A69 the newest allocation is taken back first, each to the lot that it came from', () => {
  const lots = [
    lot({ id: 'old', grantedAt: inDays(-9), originLotId: '1' }),
    // Of one instant, by the order in which they were booked; ids of two processes say nothing of it.
    lot({ id: 'new', grantedAt: inDays(-1), seq: 2n, originLotId: '2' }),
    lot({ id: 'a newer one', grantedAt: inDays(-1), seq: 3n, originLotId: '3' }),
  ];
  for (const read of [lots, lots.toReversed()])
    expect(partsToTakeBack(read, 25n, now)).toEqual([
      { lotId: 'a newer one', originLotId: '3', credits: 10n },
      { lotId: 'new', originLotId: '2', credits: 10n },
      { lotId: 'old', originLotId: '1', credits: 5n },
    ]);
});

test('A69 what has expired or is spent cannot be taken back', () => {
  const lots = [lot({ id: 'expired', expiresAt: now }), lot({ id: 'spent', remaining: 0n }), lot({ id: 'left' })];
  expect(partsToTakeBack(lots, 11n, now)).toBeNull();
  expect(partsToTakeBack(lots, 10n, now)).toEqual([{ lotId: 'left', originLotId: 'origin', credits: 10n }]);
});

test('A69 what is taken back is what was asked for, or nothing: never more of a lot than it has', () => {
  const left = fc.array(fc.record({ remaining: fc.bigInt(0n, 50n), days: fc.integer({ min: -5, max: 0 }) }), {
    maxLength: 10,
  });
  fc.assert(
    fc.property(left, fc.bigInt(1n, 200n), (rows, credits) => {
      const lots = rows.map(({ remaining, days }, at) => lot({ id: `l${at}`, remaining, grantedAt: inDays(days) }));
      const there = lots.reduce((sum, { remaining }) => sum + remaining, 0n);
      const parts = partsToTakeBack(lots, credits, now);
      expect(parts === null).toBe(there < credits);
      for (const part of parts ?? []) {
        expect(part.credits > 0n).toBe(true);
        expect(part.credits <= (lots.find(({ id }) => id === part.lotId)?.remaining ?? 0n)).toBe(true);
      }
      if (parts !== null) expect(parts.reduce((sum, part) => sum + part.credits, 0n)).toBe(credits);
    }),
    { numRuns: 300 },
  );
});
