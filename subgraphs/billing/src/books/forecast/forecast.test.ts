import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Lot } from '../lots/allocate.ts';
import { forecast } from './forecast.ts';

const now = new Date('2026-11-22T12:00:00.000Z');
const inDays = (days: number): Date => new Date(now.getTime() + days * 86_400_000);
const lot = (of: Partial<Lot>): Lot => ({
  id: 'a',
  source: 'GRANTED',
  priority: 0,
  grantedAt: inDays(-100),
  expiresAt: null,
  seq: 1n,
  remaining: 100n,
  ...of,
});
const since = inDays(-100);

test('N17 credits last as long as the consumption of the last 28 days lets them', () => {
  expect(forecast({ consumed: 280n, firstCreditsAt: since, lots: [lot({ remaining: 55n })] }, now)).toEqual({
    creditsPerDay: 10,
    basedOnDays: 28,
    runsOutAt: inDays(5.5),
  });
});

test('N17 a young wallet is judged by its own days, at least one', () => {
  const of = (days: number) => forecast({ consumed: 30n, firstCreditsAt: inDays(-days), lots: [] }, now);
  expect(of(3)).toMatchObject({ creditsPerDay: 10, basedOnDays: 3 });
  expect(of(0.2)).toMatchObject({ creditsPerDay: 30, basedOnDays: 1 });
  expect(of(-0.1)).toMatchObject({ basedOnDays: 1 });
});

test.each([
  ['nothing was consumed', 0n, [lot({})], null],
  ['it would last longer than ten years', 1n, [lot({ remaining: 10_000n })], null],
  ['nothing is left', 28n, [], now],
])('N17 when %s', (_case, consumed, lots, runsOutAt) => {
  expect(forecast({ consumed, firstCreditsAt: since, lots }, now)).toMatchObject({ runsOutAt });
});

test('N17 a wallet that never had credits has no forecast', () => {
  expect(forecast({ consumed: 0n, firstCreditsAt: null, lots: [] }, now)).toBeNull();
});

test('P N17 what expires before its turn, or while it is spent, does not make credits last longer', () => {
  // One a day: 2 days of the lot that expires soonest, the rest of it lost; the second has expired when its turn comes;
  // then 10 more.
  const lots = [
    lot({ id: 'a', remaining: 50n, expiresAt: inDays(2) }),
    lot({ id: 'b', remaining: 50n, expiresAt: inDays(1), priority: 1 }),
    lot({ id: 'c', remaining: 10n, priority: 2 }),
    lot({ id: 'd', remaining: 999n, expiresAt: inDays(-1) }),
  ];
  expect(forecast({ consumed: 28n, firstCreditsAt: since, lots }, now)?.runsOutAt).toEqual(inDays(12));
});

test('P N17 lots that last run out together, in whatever order they are; more credits never run out earlier', () => {
  const amounts = fc.array(fc.bigInt(1n, 1_000n), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(amounts, fc.bigInt(28n, 5_000n), fc.bigInt(1n, 500n), (left, consumed, more) => {
      const lots = left.map((remaining, at) => lot({ id: String(at), remaining, priority: at % 3 }));
      const of = (given: Lot[]) =>
        forecast({ consumed, firstCreditsAt: since, lots: given }, now)?.runsOutAt?.getTime() ?? Infinity;
      const sum = left.reduce((total, one) => total + one, 0n);
      const days = (Number(sum) * 28) / Number(consumed);
      const expected = days > 3_650 ? Infinity : now.getTime() + days * 86_400_000;
      expect(of(lots) === expected || Math.abs(of(lots) - expected) <= 2).toBe(true);
      expect(of([...lots, lot({ id: 'more', remaining: more, priority: 9 })])).toBeGreaterThanOrEqual(of(lots));
    }),
    { numRuns: 300 },
  );
});
