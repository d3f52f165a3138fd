import { share } from '../money/money.ts';

/** The tax on an invoice: one rate, on its net amount as a whole, rounded half up. */
export const taxOn = (net: bigint, basisPoints: number): bigint => share(net, basisPoints);

/**
 * The tax that a credit note gives back, of an invoice of which `creditedNet` was taken back before: cumulative, so that all credit notes of an invoice
 * together give back exactly the tax that it had, however it was split.
 */
export const creditedTax = (creditedNet: bigint, net: bigint, basisPoints: number): bigint =>
  taxOn(creditedNet + net, basisPoints) - taxOn(creditedNet, basisPoints);
