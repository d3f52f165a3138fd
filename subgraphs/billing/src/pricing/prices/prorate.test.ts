import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { daysBetween, type Frequency, period } from './periods.ts';
import { cumulative, forDays } from './prorate.ts';

const RUNS = { numRuns: 2_500 };
const prices = fc.oneof(
  fc.bigInt({ min: 0n, max: 500n }),
  fc.bigInt({ min: 0n, max: 100_000n }),
  fc.bigInt({ min: 0n, max: 900_719_925_474n }),
);
const cycles = fc
  .tuple(fc.integer({ min: 0, max: 4_000 }), fc.constantFrom<Frequency>('MONTHLY', 'ANNUAL'), fc.nat({ max: 30 }))
  .map(([days, frequency, n]) => period(Temporal.PlainDate.from('2023-12-31').add({ days }).toString(), frequency, n));
const dayAt = (from: string, days: number): string => Temporal.PlainDate.from(from).add({ days }).toString();

test.each<{ price: bigint; days: number; of: number; outcome: bigint }>([
  { price: 1000n, days: 0, of: 31, outcome: 0n },
  { price: 1000n, days: 31, of: 31, outcome: 1000n },
  { price: 1000n, days: 1, of: 31, outcome: 32n },
  { price: 1000n, days: 2, of: 31, outcome: 65n },
  { price: 1n, days: 15, of: 30, outcome: 1n },
  { price: 1n, days: 14, of: 30, outcome: 0n },
  { price: 365n, days: 183, of: 365, outcome: 183n },
])('A26 the first $days days of $of at $price cost $outcome, half up', ({ price, days, of, outcome }) => {
  expect(cumulative(price, days, of)).toBe(outcome);
});

test('days outside of the cycle are thrown at', () => {
  const cycle = { from: '2027-05-05', to: '2027-06-05' };
  expect(() => cumulative(1n, 32, 31)).toThrow(RangeError);
  expect(() => forDays(1n, cycle, '2027-05-04', '2027-06-05')).toThrow(RangeError);
  expect(() => forDays(1n, cycle, '2027-05-05', '2027-06-06')).toThrow(RangeError);
});

test('A26 N02 however a cycle is split, its parts cost together what it costs', () => {
  fc.assert(
    fc.property(prices, cycles, fc.array(fc.nat({ max: 366 }), { maxLength: 40 }), (price, cycle, cuts) => {
      const length = daysBetween(cycle.from, cycle.to);
      const at = [0, ...cuts.filter((cut) => cut <= length).sort((a, b) => a - b), length];
      const days = at.map((cut) => dayAt(cycle.from, cut));
      const parts = days.slice(1).map((to, n) => forDays(price, cycle, days[n] as string, to));
      expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(price);
      for (const part of parts) expect(part >= 0n).toBe(true);
    }),
    RUNS,
  );
});

test('a part is within a cent of its exact share', () => {
  fc.assert(
    fc.property(prices, cycles, fc.nat({ max: 366 }), fc.nat({ max: 366 }), (price, cycle, a, b) => {
      const length = daysBetween(cycle.from, cycle.to);
      const [first, last] = [Math.min(a, b, length), Math.min(Math.max(a, b), length)];
      const part = forDays(price, cycle, dayAt(cycle.from, first), dayAt(cycle.from, last));
      const off = part * BigInt(length) - price * BigInt(last - first);
      expect(off <= BigInt(length) && off >= -BigInt(length)).toBe(true);
    }),
    RUNS,
  );
});

test('what costs more costs no less for the rest of a cycle', () => {
  fc.assert(
    fc.property(prices, prices, cycles, fc.nat({ max: 366 }), (price, more, cycle, cut) => {
      const day = dayAt(cycle.from, cut % daysBetween(cycle.from, cycle.to));
      expect(forDays(price + more, cycle, day, cycle.to) >= forDays(price, cycle, day, cycle.to)).toBe(true);
    }),
    RUNS,
  );
});
