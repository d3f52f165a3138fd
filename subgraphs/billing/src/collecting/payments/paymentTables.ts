import type { Money } from '../../books/money/money.ts';
import type { Decline } from '../provider/provider.ts';

/** What a payment is for: the quote that it commits, or the invoice that it pays. */
export type Purpose = 'QUOTE' | 'INVOICE';

export type PaymentState =
  /** Recorded; the provider is being asked, or its answer was lost. */
  | 'PENDING'
  /** The cardholder has to confirm it at the bank. */
  | 'NEEDS_ACTION'
  /** The card was charged. Final, as the next two. */
  | 'APPROVED'
  /** The card was not charged. */
  | 'DECLINED'
  /** Ended by us before the card was charged. */
  | 'CANCELLED';

/** A charge of a card, recorded before the provider is asked for it. Its id is what the provider charges at most once for. */
export type Payment = {
  id: string;
  profileId: string;
  /** Who pays: the account of the profile. */
  accountId: string;
  amount: Money;
  purpose: Purpose;
  purposeId: string;
  /** As the provider is asked, each time the same: the card of the profile when the payment was recorded. */
  customer: string;
  method: string;
  description: string;
  /** A person is there who may confirm it at once. */
  present: boolean;
  state: PaymentState;
  decline: Decline | null;
  /** Where the cardholder confirms, while one has to. */
  actionUrl: string | null;
  /** The provider's name for it, once it has one. */
  reference: string | null;
  createdAt: Date;
  /** When the provider was last asked; null before the first time. */
  askedAt: Date | null;
  /** Since when it needs an action. */
  actionSince: Date | null;
  settledAt: Date | null;
};

/** A payment as its payer sees it. */
export type ShownPayment = Omit<Payment, 'customer' | 'method'>;
