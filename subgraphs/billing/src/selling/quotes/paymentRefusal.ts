import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { Payment } from '../../collecting/payments/paymentTables.ts';

/** What the card said, as far as it is a "no" or a "not yet"; null when it was charged. */
export function refusalOf({ state, decline }: Pick<Payment, 'state' | 'decline'>): Refusal | null {
  switch (state) {
    case 'APPROVED':
      return null;
    case 'DECLINED': {
      const why = decline === 'INSUFFICIENT_FUNDS' ? 'it does not cover the amount' : 'its bank says no';
      const message = decline === 'CARD_EXPIRED' ? 'The card has expired.' : `The card was not charged: ${why}.`;
      return new Refusal(
        'PAYMENT_DECLINED',
        `${message} Nothing was done: try again, or set another card.`,
        null,
        'A36',
      );
    }
    case 'CANCELLED':
      return new Refusal(
        'PAYMENT_DECLINED',
        'The payment was not confirmed in time. Nothing was done: try again while the quote lasts.',
        null,
        'A36',
      );
    case 'NEEDS_ACTION':
      return new Refusal(
        'PAYMENT_NEEDS_ACTION',
        'The cardholder must confirm the payment at the bank. Then ask again with the same key.',
        null,
        'A36',
      );
    case 'PENDING':
      return new Refusal(
        'PAYMENT_PENDING',
        'The payment is under way. Ask again with the same key: it is charged once.',
        null,
        'A36',
      );
  }
}
