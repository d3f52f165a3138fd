import { bigintColumn } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';
import type { Money } from '../../books/money/money.ts';
import type { Decline } from '../provider/provider.ts';
import type { Dunning } from './dunningRule.ts';

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

/**
 * A charge of a card, recorded before the provider is asked for it. Its id is what the provider charges at most once
 * for.
 */
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

/** A payment as its row has it. */
export type PaymentRow = Omit<Payment, 'amount'> & Money;

export const PaymentTable = new EntitySchema<PaymentRow>({
  name: 'payment',
  columns: {
    id: { type: 'uuid', primary: true },
    profileId: { type: 'uuid', name: 'profile_id' },
    accountId: { type: 'uuid', name: 'account_id' },
    currency: { type: 'text' },
    minor: { ...bigintColumn, name: 'amount_minor' },
    purpose: { type: 'text' },
    purposeId: { type: 'uuid', name: 'purpose_id' },
    description: { type: 'text' },
    present: { type: 'boolean' },
    // The request's role has no right to these two.
    customer: { type: 'text', select: false },
    method: { type: 'text', select: false },
    state: { type: 'text' },
    decline: { type: 'text', nullable: true },
    actionUrl: { type: 'text', name: 'action_url', nullable: true },
    reference: { type: 'text', nullable: true },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    askedAt: { type: 'timestamptz', name: 'asked_at', nullable: true },
    actionSince: { type: 'timestamptz', name: 'action_since', nullable: true },
    settledAt: { type: 'timestamptz', name: 'settled_at', nullable: true },
  },
});

export const DunningTable = new EntitySchema<Dunning>({
  name: 'invoice_dunning',
  columns: {
    invoiceId: { type: 'uuid', primary: true, name: 'invoice_id' },
    profileId: { type: 'uuid', name: 'profile_id' },
    payerId: { type: 'uuid', name: 'payer_id' },
    accountId: { type: 'uuid', name: 'account_id' },
    number: { type: 'text' },
    failures: { type: 'smallint' },
    nextAttemptAt: { type: 'timestamptz', name: 'next_attempt_at', nullable: true },
    state: { type: 'text' },
  },
});
