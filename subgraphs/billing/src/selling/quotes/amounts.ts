import { lesser, MAX_MINOR, share } from '../../books/money/money.ts';
import type { Offer } from './kind.ts';
import type { Amounts } from './quoteTables.ts';

/**
 * What an offer costs today (A26): prepaid money goes first, as far as it covers what is due without tax; the tax
 * stands beside it and is paid by card with the rest. Where that would leave less than a card can be charged
 * (`minimum`), and there is prepaid money enough, it pays the tax too and nothing is charged. Money that is paid in is
 * neither taxed nor paid from what was paid in before. What frees money costs nothing today. `unasked` where no one can
 * be told to pay in more (`prepaidOfRenewal`).
 */
export function amountsOf(
  { prorated, settlement }: Pick<Offer, 'prorated' | 'settlement'>,
  {
    prepaid,
    taxBasisPoints,
    minimum,
    unasked = false,
  }: { prepaid: bigint; taxBasisPoints: number; minimum: bigint; unasked?: boolean },
): Amounts {
  const due = settlement === 'NOTHING' || prorated < 0n ? 0n : prorated;
  const sale = settlement === 'SALE';
  const taxToday = sale ? share(due, taxBasisPoints) : 0n;
  const paysOf = unasked ? prepaidOfRenewal : prepaidPart;
  const prepaidApplied = sale ? paysOf({ net: due, tax: taxToday }, { prepaid, minimum }) : 0n;
  const dueToday = due - lesser(prepaidApplied, due);
  const chargedToday = due + taxToday - prepaidApplied;
  if (chargedToday > MAX_MINOR) throw new RangeError(`${chargedToday} is more than can be charged at once.`);
  return { prepaidApplied, dueToday, taxToday, chargedToday };
}

/**
 * How much of a sale prepaid money pays before the card. What is left may still be more than nothing and less than the
 * least that a card can be charged.
 */
export function prepaidPart(
  { net, tax }: { net: bigint; tax: bigint },
  { prepaid, minimum }: { prepaid: bigint; minimum: bigint },
): bigint {
  const usual = lesser(prepaid, net);
  const left = net + tax - usual;
  return left > 0n && left < minimum && prepaid >= net + tax ? net + tax : usual;
}

/** True when a card would have to be charged less than it can be. */
export const isBelowMinimum = (charged: bigint, minimum: bigint): boolean => charged > 0n && charged < minimum;

/**
 * As `prepaidPart`, where no one can be asked: prepaid money is kept back rather than that the card is charged less
 * than it can be, as far as what is to be paid comes to that at all.
 */
export function prepaidOfRenewal(
  sale: { net: bigint; tax: bigint },
  { prepaid, minimum }: { prepaid: bigint; minimum: bigint },
): bigint {
  const usual = prepaidPart(sale, { prepaid, minimum });
  const whole = sale.net + sale.tax;
  if (!isBelowMinimum(whole - usual, minimum)) return usual;
  return whole >= minimum ? whole - minimum : usual;
}
