import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import { notify } from '../../base/notify.ts';
import { zoneOf } from '../../base/zone.ts';
import { formatMinor, type Money } from '../../books/money/money.ts';
import { dayOf } from '../../pricing/prices/periods.ts';
import type { BillingProfile, ShownCard } from '../profiles/profileTables.ts';
import type { Decline } from '../provider/provider.ts';
import type { Dunning } from './dunningRule.ts';
import type { Payment } from './paymentTables.ts';

/**
 * Why an attempt came to nothing: what the provider said, or that there was nothing to charge, too little to charge, or
 * no one to confirm it.
 */
export type FailureReason = Decline | 'NO_CARD' | 'NOT_CONFIRMED' | 'TOO_LITTLE';

/** As it is to be read: `12.30 EUR`. */
export const amountText = (amount: Money): string => `${formatMinor(amount)} ${amount.currency}`;

/** As it is to be read: `visa 4242`. */
export const cardText = (card: Pick<ShownCard, 'brand' | 'lastFour'> | null): string =>
  card === null ? '' : `${card.brand} ${card.lastFour}`;

/** Tells who pays that an invoice could not be collected, and when it is tried again; the last time, that it is not. */
export async function tellFailed(
  tx: EntityManager,
  dunning: Dunning,
  profile: BillingProfile | null,
  amount: Money,
  reason: FailureReason,
): Promise<void> {
  const { payerId, accountId, number, nextAttemptAt } = dunning;
  await notify(tx, {
    id: newId(),
    accountId: payerId,
    kind: nextAttemptAt === null ? 'PAYMENT_FAILED_LAST' : 'PAYMENT_FAILED',
    params: {
      invoice: number,
      amount: amountText(amount),
      card: cardText(profile?.card ?? null),
      reason,
      day: nextAttemptAt === null ? '' : await dayAt(tx, payerId, nextAttemptAt),
    },
    ...(accountId === payerId ? {} : { accounts: { client: accountId } }),
  });
}

/** Tells who pays that a payment, which no one waits for at a screen, has to be confirmed at the bank. */
export async function tellNeedsAction(tx: EntityManager, payment: Payment): Promise<void> {
  await notify(tx, {
    id: newId(),
    accountId: payment.accountId,
    kind: 'PAYMENT_NEEDS_ACTION',
    params: { message: payment.description, amount: amountText(payment.amount), link: payment.actionUrl ?? '' },
  });
}

/** The day that an instant falls on where the account is. */
export const dayAt = async (tx: EntityManager, accountId: string, instant: Date): Promise<string> =>
  dayOf(instant, await zoneOf(tx, accountId));
