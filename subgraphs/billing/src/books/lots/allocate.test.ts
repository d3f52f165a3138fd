import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { allocate, bySpendingOrder, isSpendable, type Lot } from './allocate.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const at = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);

const lot = (id: string, of: Partial<Lot> = {}): Lot => ({
  id,
  source: 'GRANTED',
  priority: 0,
  grantedAt: at(-60),
  expiresAt: null,
  seq: 1n,
  remaining: 10n,
  ...of,
});

test.each<[string, Lot, Lot]>([
  ['priority before expiry', lot('z', { priority: -1 }), lot('a', { expiresAt: at(1) })],
  ['the soonest expiry', lot('z', { expiresAt: at(1) }), lot('a', { expiresAt: at(2), grantedAt: at(-90) })],
  ['any expiry before none', lot('z', { expiresAt: at(9_999_999) }), lot('a')],
  ['expiry before source', lot('z', { source: 'PURCHASED', expiresAt: at(1) }), lot('a')],
  ['granted before purchased', lot('z'), lot('a', { source: 'PURCHASED', grantedAt: at(-90) })],
  ['the oldest', lot('z', { grantedAt: at(-90) }), lot('a')],
  ['the one booked first of one instant', lot('a', { seq: 1n }), lot('z', { seq: 2n })],
  ['the one booked first, whatever its id', lot('z', { seq: 1n }), lot('a', { seq: 2n })],
])('P lots are spent in order: %s', (_rule, first, second) => {
  expect(allocate([second, first], [1n], NOW)).toEqual([[{ lotId: first.id, credits: 1n }]]);
  expect(allocate([first, second], [1n], NOW)).toEqual([[{ lotId: first.id, credits: 1n }]]);
});

test('P an expired lot is unspendable at the instant, swept or not', () => {
  expect(isSpendable(lot('a', { expiresAt: NOW }), NOW)).toBe(false);
  expect(isSpendable(lot('a', { expiresAt: new Date(NOW.getTime() + 1) }), NOW)).toBe(true);
  expect(allocate([lot('a', { expiresAt: NOW }), lot('b', { remaining: 1n })], [2n, 1n], NOW)).toEqual([
    null,
    [{ lotId: 'b', credits: 1n }],
  ]);
});

test('a demand that one lot cannot pay is paid by several; one that all cannot pay takes nothing', () => {
  const lots = [lot('a', { remaining: 3n, grantedAt: at(-90) }), lot('b', { remaining: 4n })];
  expect(allocate(lots, [8n, 5n, 3n, 2n], NOW)).toEqual([
    null,
    [
      { lotId: 'a', credits: 3n },
      { lotId: 'b', credits: 2n },
    ],
    null,
    [{ lotId: 'b', credits: 2n }],
  ]);
  expect(lots.map(({ remaining }) => remaining)).toEqual([3n, 4n]);
});

test('a demand of nothing, or less, is a mistake of the caller', () => {
  expect(() => allocate([lot('a')], [0n], NOW)).toThrow(RangeError);
  expect(() => allocate([lot('a')], [-1n], NOW)).toThrow(RangeError);
});

const anyLots: fc.Arbitrary<Lot[]> = fc.uniqueArray(
  fc.record({
    id: fc.uuid(),
    source: fc.constantFrom('GRANTED' as const, 'PURCHASED' as const),
    priority: fc.integer({ min: -2, max: 2 }),
    grantedAt: fc.integer({ min: -5, max: 0 }).map(at),
    expiresAt: fc.option(fc.integer({ min: -3, max: 5 }).map(at)),
    seq: fc.bigInt({ min: 0n, max: 1_000n }),
    remaining: fc.bigInt({ min: 0n, max: 20n }),
  }),
  { selector: ({ seq }) => seq, maxLength: 8 },
);
const anyDemands = fc.array(fc.bigInt({ min: 1n, max: 15n }), { maxLength: 20 });

/** The lots after what they paid was taken from them. */
function after(lots: Lot[], paid: ReturnType<typeof allocate>): Lot[] {
  const taken = (id: string): bigint =>
    paid.flatMap((parts) => parts ?? []).reduce((sum, part) => (part.lotId === id ? sum + part.credits : sum), 0n);
  return lots.map((one) => ({ ...one, remaining: one.remaining - taken(one.id) }));
}
const total = (lots: Lot[]): bigint => lots.reduce((sum, { remaining }) => sum + remaining, 0n);

test('N03 property: no lot goes below zero, an expired one pays nothing, and every paid demand is paid exactly', () => {
  fc.assert(
    fc.property(anyLots, anyDemands, (lots, demands) => {
      const paid = allocate(lots, demands, NOW);
      const left = after(lots, paid);
      expect(left.every(({ remaining }) => remaining >= 0n)).toBe(true);
      const spendable = (all: Lot[]): Lot[] =>
        all.filter(({ id }) => isSpendable(lots.find((l) => l.id === id) as Lot, NOW));
      const expired = lots.filter((one) => !isSpendable(one, NOW)).map(({ id }) => id);
      expect(paid.flatMap((parts) => parts ?? []).some(({ lotId }) => expired.includes(lotId))).toBe(false);
      let credit = total(spendable(lots));
      demands.forEach((demand, at) => {
        const parts = paid[at];
        // Refused if and only if the credit left at its turn is too small.
        expect(parts === null).toBe(demand > credit);
        if (parts == null) return;
        expect(parts.every(({ credits }) => credits > 0n)).toBe(true);
        expect(parts.reduce((sum, { credits }) => sum + credits, 0n)).toBe(demand);
        credit -= demand;
      });
      expect(total(spendable(left))).toBe(credit);
    }),
  );
});

test('P property: a lot is touched only when every lot before it is used up', () => {
  fc.assert(
    fc.property(anyLots, anyDemands, (lots, demands) => {
      const order = lots.filter((one) => isSpendable(one, NOW)).sort(bySpendingOrder);
      const left = after(order, allocate(lots, demands, NOW));
      const lastTouched = left.findLastIndex(({ remaining }, at) => remaining < (order[at] as Lot).remaining);
      expect(left.slice(0, Math.max(lastTouched, 0)).every(({ remaining }) => remaining === 0n)).toBe(true);
    }),
  );
});

test('N03 property: demands in two batches are paid by the same lots as in one', () => {
  fc.assert(
    fc.property(anyLots, anyDemands, fc.nat(20), (lots, demands, cut) => {
      const first = allocate(lots, demands.slice(0, cut), NOW);
      const second = allocate(after(lots, first), demands.slice(cut), NOW);
      expect([...first, ...second]).toEqual(allocate(lots, demands, NOW));
    }),
  );
});

test('P property: the order in which lots are read does not matter', () => {
  fc.assert(
    fc.property(anyLots, anyDemands, (lots, demands) => {
      expect(allocate([...lots].reverse(), demands, NOW)).toEqual(allocate(lots, demands, NOW));
    }),
  );
});
