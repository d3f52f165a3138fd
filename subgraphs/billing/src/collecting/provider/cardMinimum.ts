import { exponentOf, parseMoney } from '../../books/money/money.ts';

/** The least that Stripe charges, where it is not half a unit. */
const LEAST: Record<string, string> = {
  AED: '2.00',
  BGN: '1.00',
  CZK: '15.00',
  DKK: '2.50',
  GBP: '0.30',
  HKD: '4.00',
  HUF: '175',
  JPY: '50',
  MXN: '10.00',
  MYR: '2.00',
  NOK: '3.00',
  PLN: '2.00',
  RON: '2.00',
  SEK: '3.00',
  THB: '10.00',
};

/**
 * The least that a card can be charged in a currency, in its smallest unit, as Stripe has it: half a unit where nothing
 * else is known, one unit where there are no decimals.
 */
export function leastCharge(currency: string): bigint {
  const known = LEAST[currency] === undefined ? null : parseMoney({ amount: LEAST[currency], currency });
  if (known !== null) return known.minor;
  const unit = 10n ** BigInt(exponentOf(currency));
  return unit === 1n ? 1n : unit / 2n;
}
