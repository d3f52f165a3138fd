import { share } from '../../books/money/money.ts';

/** The tax on an invoice: one rate, on its net amount as a whole, rounded half up. */
export const taxOn = (net: bigint, basisPoints: number): bigint => share(net, basisPoints);

/**
 * The tax that a credit note gives back, of an invoice of which `creditedNet` was taken back before: cumulative, so
 * that all credit notes of an invoice together give back exactly the tax that it had, however it was split.
 */
export const creditedTax = (creditedNet: bigint, net: bigint, basisPoints: number): bigint =>
  taxOn(creditedNet + net, basisPoints) - taxOn(creditedNet, basisPoints);

/**
 * Splits an amount in proportion of what there is of each, to the smallest unit: what rounding down leaves over goes,
 * one unit each, to where it took most. None gets more than there is of it; of an amount that is more than all of them
 * each gets everything.
 */
export function spread(amount: bigint, parts: readonly bigint[]): bigint[] {
  const whole = parts.reduce((sum, part) => sum + part, 0n);
  if (amount >= whole) return [...parts];
  const shares = parts.map((part, at) => ({ at, share: (amount * part) / whole, rest: (amount * part) % whole }));
  let left = shares.reduce((rest, { share }) => rest - share, amount);
  for (const one of shares.toSorted((a, b) => (a.rest === b.rest ? a.at - b.at : a.rest < b.rest ? 1 : -1))) {
    if (left === 0n) break;
    one.share += 1n;
    left -= 1n;
  }
  return shares.map(({ share }) => share);
}
