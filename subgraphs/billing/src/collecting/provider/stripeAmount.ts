import { exponentOf, type Money } from '../../books/money/money.ts';

/**
 * Currencies that Stripe counts in whole units, and those with three decimals, of which the last must be zero. All
 * others have two there.
 */
const WHOLE = new Set([
  'BIF',
  'CLP',
  'DJF',
  'GNF',
  'JPY',
  'KMF',
  'KRW',
  'MGA',
  'PYG',
  'RWF',
  'VND',
  'VUV',
  'XAF',
  'XOF',
  'XPF',
]);
const THREE = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);

/** An amount as Stripe counts it. Throws a RangeError for one that Stripe cannot express. */
export function stripeAmount({ minor, currency }: Money): number {
  const theirs = WHOLE.has(currency) ? 0 : THREE.has(currency) ? 3 : 2;
  const ours = exponentOf(currency);
  const least = THREE.has(currency) ? 10n : 1n;
  const shift = 10n ** BigInt(Math.abs(theirs - ours));
  const amount = theirs >= ours ? minor * shift : minor / shift;
  const exact = theirs >= ours || minor % shift === 0n;
  if (!exact || amount % least !== 0n || amount > 99_999_999n * 10n)
    throw new RangeError(`Stripe cannot express ${minor} of the smallest unit of ${currency}.`);
  return Number(amount);
}
