import { lesser, roundHalfUp, share } from '../books/money/money.ts';

/** What sales to a client earn the partner who brought it. */
export type CommissionTerms = {
  /** Hundredths of a percent of the net amount. */
  basisPoints: number;
  /** How many months from the attribution on an invoice earns; null is without end. */
  months: number | null;
};

/** What a commission asks of an invoice, or of a credit note. */
export type Billed = {
  id: string;
  kind: 'INVOICE' | 'CREDIT_NOTE';
  /** The account of the billing profile. */
  payerId: string;
  currency: string;
  net: bigint;
  issuedAt: Date;
};

/** What an invoice earns: nothing when it was issued after the months of the terms. Months are counted in UTC. */
export function earned(
  { basisPoints, months }: CommissionTerms,
  sale: { net: bigint; issuedAt: Date; attributedAt: Date },
): bigint {
  if (months !== null && sale.issuedAt >= monthsAfter(sale.attributedAt, months)) return 0n;
  return share(sale.net, basisPoints);
}

/**
 * What a credit note takes back of what a sale earned, pro rata: the difference of what all its credit notes take back,
 * so that splitting one changes no total and the whole sale takes back the whole commission. At most that.
 */
export function takenBack(of: { amount: bigint; net: bigint }, creditedBefore: bigint, credited: bigint): bigint {
  const upTo = (net: bigint): bigint => roundHalfUp(of.amount * lesser(net, of.net), of.net);
  return upTo(creditedBefore + credited) - upTo(creditedBefore);
}

/** The month of an instant, in UTC: `2026-11`. */
export const monthOf = (instant: Date): string => instant.toISOString().slice(0, 7);

export const monthAfter = (month: string): string => Temporal.PlainYearMonth.from(month).add({ months: 1 }).toString();

/** Reads a month such as `2026-11`; null for everything else. */
export const readMonth = (text: string): string | null => (/^2\d{3}-(0[1-9]|1[0-2])$/.test(text) ? text : null);

/**
 * The month on whose statement something stands that happens now: this one, or the first after those that are closed.
 */
export function monthToBook(now: Date, lastClosed: string | null): string {
  const month = monthOf(now);
  return lastClosed !== null && month <= lastClosed ? monthAfter(lastClosed) : month;
}

function monthsAfter(instant: Date, months: number): Date {
  const there = Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO('UTC').add({ months });
  return new Date(there.epochMilliseconds);
}
