import { lesser, MOST_MINOR, share } from '../money/money.ts';
import type { Offer } from './kind.ts';
import type { Amounts } from './quoteTables.ts';

/**
 * What an offer costs today (A26): prepaid money goes first, as far as it covers what is due without tax; the tax stands beside it and is paid by card with the
 * rest. Money that is paid in is neither taxed nor paid from what was paid in before. What frees money costs nothing today.
 */
export function amountsOf(
  { prorated, settlement }: Pick<Offer, 'prorated' | 'settlement'>,
  { prepaid, taxBasisPoints }: { prepaid: bigint; taxBasisPoints: number },
): Amounts {
  const due = settlement === 'NOTHING' || prorated < 0n ? 0n : prorated;
  const sale = settlement === 'SALE';
  const prepaidApplied = sale ? lesser(prepaid, due) : 0n;
  const taxToday = sale ? share(due, taxBasisPoints) : 0n;
  const dueToday = due - prepaidApplied;
  const chargedToday = dueToday + taxToday;
  if (chargedToday > MOST_MINOR) throw new RangeError(`${chargedToday} is more than can be charged at once.`);
  return { prepaidApplied, dueToday, taxToday, chargedToday };
}
