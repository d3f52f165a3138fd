import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { earned, monthAfter, monthOf, monthToBook, readMonth, takenBack } from './commission.ts';

const day = (text: string): Date => new Date(`${text}T12:00:00.000Z`);

test.each<{ net: bigint; basisPoints: number; months: number | null; issued: string; amount: bigint }>`
  net        | basisPoints | months  | issued          | amount
  ${10_000n} | ${2_000}    | ${12}   | ${'2026-02-01'} | ${2_000n}
  ${10_000n} | ${2_000}    | ${null} | ${'2099-02-01'} | ${2_000n}
  ${1_999n}  | ${2_000}    | ${12}   | ${'2026-02-01'} | ${400n}
  ${2n}      | ${2_000}    | ${12}   | ${'2026-02-01'} | ${0n}
  ${10_000n} | ${0}        | ${12}   | ${'2026-02-01'} | ${0n}
  ${10_000n} | ${2_000}    | ${1}    | ${'2026-02-27'} | ${2_000n}
  ${10_000n} | ${2_000}    | ${1}    | ${'2026-02-28'} | ${0n}
  ${10_000n} | ${2_000}    | ${12}   | ${'2027-01-31'} | ${0n}
`(
  'A75 $net at $basisPoints for $months months, issued on $issued, earn $amount',
  ({ net, basisPoints, months, issued, amount }) => {
    // Signed up on the 31st of January: a month that lacks the day ends on its last.
    const sale = { net, issuedAt: day(issued), attributedAt: day('2026-01-31') };
    expect(earned({ basisPoints, months }, sale)).toBe(amount);
  },
);

test('A75 however a sale is taken back, bit by bit or more than once over, all of it takes back all that it earned, and never more', () => {
  const parts = fc.array(fc.bigInt(1n, 5_000n), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.bigInt(1n, 50_000n), fc.integer({ min: 0, max: 10_000 }), parts, (net, basisPoints, credits) => {
      const line = {
        net,
        amount: earned(
          { basisPoints, months: null },
          { net, issuedAt: day('2026-02-01'), attributedAt: day('2026-01-31') },
        ),
      };
      let before = 0n;
      let total = 0n;
      for (const credit of credits) {
        const part = takenBack(line, before, credit);
        expect(part >= 0n).toBe(true);
        before += credit;
        total += part;
      }
      expect(total <= line.amount).toBe(true);
      expect(total).toBe(takenBack(line, 0n, before));
      if (before >= net) expect(total).toBe(line.amount);
    }),
    { numRuns: 2_000 },
  );
});

test('A75 months are UTC; what comes after a close stands on the next that is open', () => {
  expect(monthOf(new Date('2026-11-30T23:59:59.999Z'))).toBe('2026-11');
  expect(monthAfter('2026-12')).toBe('2027-01');
  expect(monthToBook(day('2026-11-30'), null)).toBe('2026-11');
  expect(monthToBook(day('2026-11-30'), '2026-10')).toBe('2026-11');
  expect(monthToBook(day('2026-11-30'), '2026-11')).toBe('2026-12');
  expect(['2026-11', '2026-13', '26-11', '2026-1', "2026-11'"].map(readMonth)).toEqual([
    '2026-11',
    null,
    null,
    null,
    null,
  ]);
});
