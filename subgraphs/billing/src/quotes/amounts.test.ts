import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MOST_MINOR } from '../money/money.ts';
import { amountsOf } from './amounts.ts';

type Row = { settlement: 'SALE' | 'TOP_UP' | 'NOTHING'; tax: number } & Record<
  'prorated' | 'prepaid' | 'applied' | 'due' | 'taxToday' | 'charged',
  bigint
>;

test.each<Row>`
  settlement   | prorated  | prepaid   | tax      | applied   | due       | taxToday | charged
  ${'SALE'}    | ${4_900n} | ${0n}     | ${2_000} | ${0n}     | ${4_900n} | ${980n}  | ${5_880n}
  ${'SALE'}    | ${4_900n} | ${1_000n} | ${2_000} | ${1_000n} | ${3_900n} | ${980n}  | ${4_880n}
  ${'SALE'}    | ${4_900n} | ${9_999n} | ${2_000} | ${4_900n} | ${0n}     | ${980n}  | ${980n}
  ${'SALE'}    | ${4_900n} | ${4_900n} | ${0}     | ${4_900n} | ${0n}     | ${0n}    | ${0n}
  ${'SALE'}    | ${-20n}   | ${500n}   | ${2_000} | ${0n}     | ${0n}     | ${0n}    | ${0n}
  ${'SALE'}    | ${0n}     | ${500n}   | ${2_000} | ${0n}     | ${0n}     | ${0n}    | ${0n}
  ${'TOP_UP'}  | ${4_900n} | ${9_999n} | ${2_000} | ${0n}     | ${4_900n} | ${0n}    | ${4_900n}
  ${'NOTHING'} | ${0n}     | ${9_999n} | ${2_000} | ${0n}     | ${0n}     | ${0n}    | ${0n}
`(
  'A26 A37 $settlement of $prorated with $prepaid prepaid and tax $tax: $applied prepaid, $charged by card',
  ({ settlement, prorated, prepaid, tax, applied, due, taxToday, charged }) => {
    expect(amountsOf({ settlement, prorated }, { prepaid, taxBasisPoints: tax })).toEqual({
      prepaidApplied: applied,
      dueToday: due,
      taxToday,
      chargedToday: charged,
    });
  },
);

test('A26 what is paid from prepaid money and by card is what is due and its tax, never more, never less than nothing', () => {
  const amounts = fc.bigInt(-1_000_000n, MOST_MINOR / 4n);
  fc.assert(
    fc.property(
      amounts,
      fc.bigInt(0n, MOST_MINOR),
      fc.integer({ min: 0, max: 10_000 }),
      (prorated, prepaid, taxBasisPoints) => {
        const of = amountsOf({ settlement: 'SALE', prorated }, { prepaid, taxBasisPoints });
        expect(of.prepaidApplied + of.dueToday).toBe(prorated > 0n ? prorated : 0n);
        expect(of.prepaidApplied <= prepaid && Object.values(of).every((amount) => amount >= 0n)).toBe(true);
        expect(of.chargedToday).toBe(of.dueToday + of.taxToday);
      },
    ),
  );
});
