import type { Money } from '../../books/money/money.ts';

/** What a price must know of the cards. */
export type CardLimits = Pick<PaymentProvider, 'minimum'>;

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
  /** A person is there who may be asked to confirm it at once; otherwise the bank is told that no one is. */
  present: boolean;
};

/** Why a card was not charged. */
export type Decline = 'CARD_DECLINED' | 'INSUFFICIENT_FUNDS' | 'CARD_EXPIRED';

export type ChargeOutcome =
  | { outcome: 'APPROVED'; reference: string }
  | { outcome: 'DECLINED'; decline: Decline; reference: string | null }
  /** The bank asks the cardholder to confirm, at `actionUrl`. Until then nothing is charged. */
  | { outcome: 'NEEDS_ACTION'; actionUrl: string; reference: string }
  /** Ended by us: it was not charged, and can no longer be. */
  | { outcome: 'CANCELLED' };

/**
 * A payment provider (the port). Everything has a time-out of its own. What throws has an unknown outcome: it may have
 * charged. Then `find` says what became of it.
 */
export type PaymentProvider = {
  name: 'TEST' | 'STRIPE';
  /**
   * The least that a card can be charged in that currency, in its smallest unit: less would only be refused, and is
   * never asked for.
   */
  minimum(currency: string): bigint;
  /**
   * Turns a one-time token, which the provider's own form gave to the browser, into a stored card. Asked again with the
   * same profile and token, the same card.
   */
  storeCard(asked: {
    profileId: string;
    token: string;
    email: string | null;
  }): Promise<StoredCard | { decline: Decline | 'TOKEN_UNKNOWN' }>;
  removeCard(card: { customer: string; method: string }): Promise<void>;
  charge(asked: ChargeAsked): Promise<ChargeOutcome>;
  /**
   * What became of a payment, which is described as it was to `charge`; null when it was never charged nor refused, so
   * that it may be asked again.
   */
  find(asked: ChargeAsked): Promise<ChargeOutcome | null>;
  /**
   * Ends a payment that was not charged, so that it never will be, however late a lost request arrives. Gives
   * CANCELLED, or what it had become by then. Repeating it changes nothing.
   */
  cancel(asked: ChargeAsked): Promise<ChargeOutcome>;
};
