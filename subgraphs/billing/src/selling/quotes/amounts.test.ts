import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_MINOR } from '../../books/money/money.ts';
import { amountsOf, isBelowMinimum, prepaidOfRenewal } from './amounts.ts';

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
  ${'SALE'}    | ${1_000n} | ${9_999n} | ${200}   | ${1_020n} | ${0n}     | ${20n}   | ${0n}
  ${'SALE'}    | ${1_000n} | ${1_020n} | ${200}   | ${1_020n} | ${0n}     | ${20n}   | ${0n}
  ${'SALE'}    | ${1_000n} | ${1_019n} | ${200}   | ${1_000n} | ${0n}     | ${20n}   | ${20n}
  ${'SALE'}    | ${2_500n} | ${9_999n} | ${200}   | ${2_500n} | ${0n}     | ${50n}   | ${50n}
  ${'TOP_UP'}  | ${4_900n} | ${9_999n} | ${2_000} | ${0n}     | ${4_900n} | ${0n}    | ${4_900n}
  ${'NOTHING'} | ${0n}     | ${9_999n} | ${2_000} | ${0n}     | ${0n}     | ${0n}    | ${0n}
`(
  'A26 A37 $settlement of $prorated with $prepaid prepaid and tax $tax: $applied prepaid, $charged by card',
  ({ settlement, prorated, prepaid, tax, applied, due, taxToday, charged }) => {
    expect(amountsOf({ settlement, prorated }, { prepaid, taxBasisPoints: tax, minimum: 50n })).toEqual({
      prepaidApplied: applied,
      dueToday: due,
      taxToday,
      chargedToday: charged,
    });
  },
);

test('A26 what is paid from prepaid money and by card is what is due and its tax, never more, never less than nothing', () => {
  const amounts = fc.bigInt(-1_000_000n, MAX_MINOR / 4n);
  fc.assert(
    fc.property(
      amounts,
      fc.bigInt(0n, MAX_MINOR),
      fc.integer({ min: 0, max: 10_000 }),
      fc.constantFrom(0n, 50n, 17_500n),
      (prorated, prepaid, taxBasisPoints, minimum) => {
        const of = amountsOf({ settlement: 'SALE', prorated }, { prepaid, taxBasisPoints, minimum });
        const due = prorated > 0n ? prorated : 0n;
        expect(of.dueToday).toBe(of.prepaidApplied > due ? 0n : due - of.prepaidApplied);
        expect(of.prepaidApplied + of.chargedToday).toBe(due + of.taxToday);
        // The card is only left with too little where prepaid money could not pay it all.
        const covered = prepaid >= due + of.taxToday;
        expect(isBelowMinimum(of.chargedToday, minimum) && covered).toBe(false);
        expect(of.prepaidApplied <= prepaid && Object.values(of).every((amount) => amount >= 0n)).toBe(true);
        if (of.chargedToday > 0n) expect(of.chargedToday).toBe(of.dueToday + of.taxToday);
      },
    ),
  );
});

test.each<Record<'net' | 'tax' | 'prepaid' | 'applied', bigint>>`
  net       | tax     | prepaid   | applied
  ${1_000n} | ${200n} | ${9_999n} | ${1_000n}
  ${1_000n} | ${20n}  | ${9_999n} | ${1_020n}
  ${1_000n} | ${20n}  | ${1_019n} | ${970n}
  ${1_000n} | ${20n}  | ${300n}   | ${300n}
  ${1_000n} | ${0n}   | ${990n}   | ${950n}
  ${40n}    | ${8n}   | ${10n}    | ${10n}
  ${40n}    | ${8n}   | ${48n}    | ${48n}
`(
  'A64 a renewal of $net and $tax takes $applied of $prepaid prepaid: never is less left for the card than it can be charged',
  ({ net, tax, prepaid, applied }) => {
    expect(prepaidOfRenewal({ net, tax }, { prepaid, minimum: 50n })).toBe(applied);
  },
);
