import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { share } from '../../books/money/money.ts';
import { type Change, changeOf, cyclePriceOf, perCycleOf, renewalOf, type SoldTerms, unusedOf } from './change.ts';
import { daysBetween, type Frequency } from './periods.ts';
import { type Price, type PricePart, partsFromJson, partsToJson } from './price.ts';
import { forDays } from './prorate.ts';

const RUNS = { numRuns: 1_000 };
const amounts = fc.oneof(
  fc.bigInt({ min: 0n, max: 20n }),
  fc.bigInt({ min: 0n, max: 9_999n }),
  fc.bigInt({ min: 0n, max: 90_071_992_547n }),
);
const part = (kind: PricePart['kind'], item: string) => (amount: bigint) => ({ kind, item, description: item, amount });
const priceArb: fc.Arbitrary<Price> = fc
  .tuple(amounts, fc.array(amounts, { maxLength: 3 }), fc.array(amounts, { maxLength: 1 }))
  .map(([plan, limits, addOns]) => [
    part('PLAN', 'PLUS')(plan),
    ...limits.map(part('LIMIT', 'EMAIL_SENDS')),
    ...addOns.map(part('ADD_ON', 'PIPELINES')),
  ])
  .map((parts) => ({ parts, list: parts.reduce((sum, { amount }) => sum + amount, 0n) }));
const basisPoints = fc.oneof(fc.constantFrom(0, 10_000, 3_333), fc.integer({ min: 0, max: 10_000 }));
const frequencies = fc.constantFrom<Frequency>('MONTHLY', 'ANNUAL');
/** Month ends and leap days come more often than others. */
const days = fc.oneof(
  fc.constantFrom('2027-01-29', '2027-01-30', '2027-01-31', '2028-02-29', '2027-02-28', '2027-12-31', '2028-01-31'),
  fc.integer({ min: 0, max: 3_000 }).map((n) => Temporal.PlainDate.from('2026-11-22').add({ days: n }).toString()),
);
const asks = {
  price: priceArb,
  frequency: frequencies,
  resellerBasisPoints: basisPoints,
  migrationBasisPoints: basisPoints,
};

const first = (ask: Omit<Parameters<typeof changeOf>[0], 'current'>): Change => changeOf({ ...ask, current: null });
const sum = (lines: readonly { amount: bigint }[]): bigint => lines.reduce((all, { amount }) => all + amount, 0n);
const within = ({ period: { from, to } }: SoldTerms, share: number): string =>
  Temporal.PlainDate.from(from)
    .add({ days: share % daysBetween(from, to) })
    .toString();

describe('what a first cycle costs', () => {
  const PLUS: Price = { list: 10_000n, parts: [part('PLAN', 'PLUS')(9_500n), part('LIMIT', 'EMAIL_SENDS')(500n)] };

  test('A26 list value, less the migration discount, less the reseller discount, is due; later cycles have no migration discount', () => {
    const change = first({
      price: PLUS,
      frequency: 'MONTHLY',
      resellerBasisPoints: 2_000,
      migrationBasisPoints: 5_000,
      day: '2027-01-31',
    });
    expect(change).toMatchObject({
      listValue: 10_000n,
      migrationDiscount: 5_000n,
      resellerDiscount: 1_000n,
      perCycle: 8_000n,
      prorated: 4_000n,
      anchor: '2027-01-31',
      period: { index: 0, from: '2027-01-31', to: '2027-02-28' },
    });
    expect(change.lines).toEqual([
      line('PLAN', 'PLUS, 31 January to 27 February 2027', 9_500n),
      line('LIMIT', 'EMAIL_SENDS, 31 January to 27 February 2027', 500n),
      line('DISCOUNT', 'Migration discount, 31 January to 27 February 2027', -5_000n),
      line('DISCOUNT', 'Reseller discount, 20 %, 31 January to 27 February 2027', -1_000n),
    ]);
    const renewed = renewalOf(change.terms);
    expect(renewed.amount).toBe(8_000n);
    expect(renewed.terms.period).toEqual({ index: 1, from: '2027-02-28', to: '2027-03-31' });
    expect(renewed.lines).toHaveLength(3);
  });

  const line = (kind: string, description: string, amount: bigint) => ({
    kind,
    description,
    quantity: 1,
    amount,
    from: '2027-01-31',
    to: '2027-02-28',
  });

  test('A26 the amounts of a first charge add up, to the cent, and none is negative', () => {
    fc.assert(
      fc.property(fc.record({ ...asks, day: days }), (ask) => {
        const change = first(ask);
        const { listValue, migrationDiscount, resellerDiscount, perCycle, prorated } = change;
        expect(prorated).toBe(listValue - migrationDiscount - resellerDiscount);
        expect(sum(change.lines)).toBe(prorated);
        for (const amount of [listValue, migrationDiscount, resellerDiscount, perCycle, prorated]) {
          expect(amount >= 0n).toBe(true);
        }
        expect(perCycle >= prorated).toBe(true);
        for (const { kind, amount } of change.lines) expect(amount > 0n).toBe(kind !== 'DISCOUNT');
        expect(change.period.from).toBe(ask.day);
      }),
      RUNS,
    );
  });
});

describe('a change in a running cycle', () => {
  const changes = fc.array(fc.record({ price: priceArb, resellerBasisPoints: basisPoints, at: fc.nat({ max: 366 }) }), {
    minLength: 1,
    maxLength: 12,
  });

  test('A26 A62 over any sequence of changes the cycle costs what each plan cost for its days, and its lines add up', () => {
    fc.assert(
      fc.property(fc.record({ ...asks, day: days }), changes, (ask, sequence) => {
        const begun = first(ask);
        let terms = begun.terms;
        let charged = begun.prorated;
        let owed = 0n;
        let since = begun.period.from;
        const length = daysBetween(terms.period.from, terms.period.to);
        for (const { price, resellerBasisPoints, at } of sequence.sort((a, b) => (a.at % length) - (b.at % length))) {
          const day = within(terms, at);
          const change = changeOf({
            current: terms,
            price,
            frequency: ask.frequency,
            resellerBasisPoints,
            migrationBasisPoints: 5_000,
            day,
          });
          expect(sum(change.lines)).toBe(change.prorated);
          expect(change.prorated === 0n).toBe(change.lines.length === 0);
          expect(change.period).toEqual(terms.period);
          expect(change.anchor).toBe(terms.anchor);
          expect(change.listValue - change.migrationDiscount - change.resellerDiscount).toBe(
            cyclePriceOf(change.terms),
          );
          // What is due never exceeds what the rest costs anew, and what is freed never what the rest was worth.
          const rest = forDays(cyclePriceOf(change.terms), terms.period, day, terms.period.to);
          expect(change.prorated).toBe(rest - unusedOf(terms, day));
          for (const { kind, amount } of change.lines) {
            expect(amount > 0n).toBe(kind !== 'DISCOUNT' && kind !== 'UNUSED');
          }
          owed += forDays(cyclePriceOf(terms), terms.period, since, day);
          charged += change.prorated;
          terms = change.terms;
          since = day;
        }
        owed += forDays(cyclePriceOf(terms), terms.period, since, terms.period.to);
        expect(charged).toBe(owed);
        expect(charged >= 0n).toBe(true);
      }),
      RUNS,
    );
  });

  test('A62 up then down on the same day loses no cent, whatever the discounts, also in the first cycle', () => {
    fc.assert(
      fc.property(
        fc.record({ ...asks, day: days }),
        priceArb,
        fc.nat({ max: 366 }),
        fc.boolean(),
        (ask, other, at, later) => {
          const { terms: sold } = first(ask);
          const terms = later ? renewalOf(sold).terms : sold;
          const day = within(terms, at);
          const { frequency, resellerBasisPoints, price } = ask;
          const common = { frequency, resellerBasisPoints, migrationBasisPoints: 9_999, day };
          const there = changeOf({ ...common, current: terms, price: other });
          const back = changeOf({ ...common, current: there.terms, price });
          expect(there.prorated + back.prorated).toBe(0n);
          expect(back.terms).toEqual(terms);
        },
      ),
      RUNS,
    );
  });

  test('A62 a dearer plan never frees money, a cheaper one never costs any', () => {
    fc.assert(
      fc.property(fc.record({ ...asks, day: days }), amounts, fc.nat({ max: 366 }), (ask, more, at) => {
        const { terms } = first(ask);
        const common = {
          frequency: ask.frequency,
          resellerBasisPoints: ask.resellerBasisPoints,
          migrationBasisPoints: 0,
          day: within(terms, at),
        };
        const dearer: Price = {
          list: ask.price.list + more,
          parts: [...ask.price.parts, part('ADD_ON', 'MORE')(more)],
        };
        const up = changeOf({ ...common, current: terms, price: dearer });
        expect(up.prorated >= 0n).toBe(true);
        expect(changeOf({ ...common, current: up.terms, price: ask.price }).prorated <= 0n).toBe(true);
      }),
      RUNS,
    );
  });

  test('N02 the migration discount is given once: changes never take off more than the first charge did', () => {
    fc.assert(
      fc.property(fc.record({ ...asks, day: days }), fc.array(priceArb, { maxLength: 6 }), (ask, prices) => {
        const begun = first(ask);
        let { terms } = begun;
        for (const price of prices) {
          const change = changeOf({ ...ask, current: terms, price, day: ask.day });
          expect(change.migrationDiscount <= begun.migrationDiscount).toBe(true);
          // Nor more of a cheaper plan than its own share: what is bought dear and changed at once is not had for
          // nothing.
          expect(change.migrationDiscount <= share(price.list, ask.migrationBasisPoints)).toBe(true);
          terms = change.terms;
        }
        expect(renewalOf(terms).terms.migrationDiscount).toBe(0n);
      }),
      RUNS,
    );
  });
});

describe('another frequency', () => {
  test('A58 A62 begins a new cycle today, gives back the rest of the old one, and brings no second migration discount', () => {
    fc.assert(
      fc.property(
        fc.record({ ...asks, day: days }),
        priceArb,
        basisPoints,
        fc.nat({ max: 366 }),
        (ask, price, reseller, at) => {
          const { terms } = first(ask);
          const day = within(terms, at);
          const frequency = ask.frequency === 'MONTHLY' ? 'ANNUAL' : 'MONTHLY';
          const change = changeOf({
            current: terms,
            price,
            frequency,
            resellerBasisPoints: reseller,
            migrationBasisPoints: 10_000,
            day,
          });
          expect(change).toMatchObject({ anchor: day, migrationDiscount: 0n, period: { index: 0, from: day } });
          expect(change.prorated).toBe(change.perCycle - unusedOf(terms, day));
          expect(sum(change.lines)).toBe(change.prorated);
          // What was used until today and the new cycle are all that was paid for.
          const used = forDays(cyclePriceOf(terms), terms.period, terms.period.from, day);
          expect(cyclePriceOf(terms) + change.prorated).toBe(used + change.perCycle);
        },
      ),
      RUNS,
    );
  });
});

describe('renewal', () => {
  test('A33 A35 every cycle costs the same and follows the one before, at the price that it was sold at', () => {
    fc.assert(
      fc.property(fc.record({ ...asks, day: days }), fc.integer({ min: 1, max: 24 }), (ask, cycles) => {
        let { terms } = first(ask);
        for (let n = 1; n <= cycles; n += 1) {
          const next = renewalOf(terms);
          expect(next.amount).toBe(perCycleOf(terms));
          expect(sum(next.lines)).toBe(next.amount);
          expect(next.terms.period).toMatchObject({ index: n, from: terms.period.to });
          terms = next.terms;
        }
      }),
      { numRuns: 200 },
    );
  });
});

test('a day outside of the paid cycle is thrown at: it is renewed first', () => {
  const price: Price = { list: 100n, parts: [part('PLAN', 'PLUS')(100n)] };
  const common = { price, frequency: 'MONTHLY' as const, resellerBasisPoints: 0, migrationBasisPoints: 0 };
  const current = first({ ...common, day: '2027-05-05' }).terms;
  expect(() => changeOf({ ...common, current, day: '2027-06-05' })).toThrow(RangeError);
  expect(() => changeOf({ ...common, current, day: '2027-05-04' })).toThrow(RangeError);
  expect(changeOf({ ...common, current, day: '2027-06-04' }).prorated).toBe(0n);
});

test('parts survive JSON without losing a digit', () => {
  const parts = [part('PLAN', 'PLUS')(9_007_199_254_740_993n)];
  expect(partsFromJson(JSON.parse(JSON.stringify(partsToJson(parts))))).toEqual(parts);
});
