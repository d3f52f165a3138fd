import type { Money } from '../money/money.ts';

/** A card as the provider keeps it for us. Never its number. */
export type StoredCard = {
  /** The provider's names for the customer and for the card. */
  customer: string;
  method: string;
  brand: string;
  lastFour: string;
  expiryMonth: number;
  expiryYear: number;
};

export type ChargeAsked = {
  /** Ours. The provider charges at most once for it, however often it is asked. */
  paymentId: string;
  customer: string;
  method: string;
  amount: Money;
  description: string;
};

/** Why a card was not charged. */
export type Decline = 'CARD_DECLINED' | 'INSUFFICIENT_FUNDS' | 'CARD_EXPIRED';

export type ChargeOutcome =
  | { outcome: 'APPROVED'; reference: string }
  | { outcome: 'DECLINED'; decline: Decline; reference: string | null }
  /** The bank asks the cardholder to confirm, at `actionUrl`. Until then nothing is charged. */
  | { outcome: 'NEEDS_ACTION'; actionUrl: string; reference: string };

/**
 * A payment provider (the port). Everything has a time-out of its own. What throws has an unknown outcome: it may have charged. Then `find` says what became of it.
 */
export type PaymentProvider = {
  name: 'TEST' | 'STRIPE';
  /** Turns a one-time token, which the provider's own form gave to the browser, into a stored card. Asked again with the same profile and token, the same card. */
  storeCard(asked: {
    profileId: string;
    token: string;
    email: string | null;
  }): Promise<StoredCard | { decline: Decline | 'TOKEN_UNKNOWN' }>;
  removeCard(card: { customer: string; method: string }): Promise<void>;
  charge(asked: ChargeAsked): Promise<ChargeOutcome>;
  /** What became of a payment; null when the provider has never heard of it. */
  find(paymentId: string): Promise<ChargeOutcome | null>;
  /** Ends a payment that needs an action, so that it can no longer be confirmed. Gives what it had become by then. */
  cancel(paymentId: string): Promise<ChargeOutcome | null>;
};
