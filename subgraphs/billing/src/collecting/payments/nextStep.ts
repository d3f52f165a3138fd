import type { Payment } from './paymentTables.ts';

/**
 * Minutes after which a payment that the card was not charged for is ended. Somebody who is there agreed to a price,
 * which does not wait for long.
 */
const MINUTES_PRESENT = 60;
/**
 * Who is not there has to read a mail first. The next attempt comes a day later at the earliest, and Stripe knows a
 * repeated request for a day.
 */
const MINUTES_ABSENT = 20 * 60;

/**
 * What to ask the provider about a payment that is not settled, as it stood before it was claimed. One that was never
 * asked for is charged; one whose answer was lost is looked for first, and charged when the provider never heard of it;
 * one that waits for its cardholder is looked after; what takes too long is ended.
 */
export function nextStep(
  payment: Pick<Payment, 'state' | 'createdAt' | 'askedAt' | 'actionSince' | 'present'>,
  now: Date,
): 'CHARGE' | 'FIND_OR_CHARGE' | 'FIND' | 'CANCEL' {
  const { state, createdAt, askedAt, actionSince, present } = payment;
  // No one has asked for it, and no one waits for it: however late we are, it is still owed.
  if (askedAt === null && !present) return 'CHARGE';
  const waits = state === 'NEEDS_ACTION';
  const since = waits ? (actionSince ?? createdAt) : createdAt;
  const minutes = present ? MINUTES_PRESENT : MINUTES_ABSENT;
  if (now.getTime() - since.getTime() >= minutes * 60_000) return 'CANCEL';
  if (waits) return 'FIND';
  return askedAt === null ? 'CHARGE' : 'FIND_OR_CHARGE';
}
