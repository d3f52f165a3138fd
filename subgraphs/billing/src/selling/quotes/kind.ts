import type { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { EntityManager } from 'typeorm';
import type { Invoice } from '../../collecting/invoices/invoiceTables.ts';
import type { InvoiceLineDraft } from '../../pricing/prices/invoiceLine.ts';

/**
 * What a change costs or frees, before prepaid money and tax. All amounts are in the smallest unit of `currency` and
 * without tax (A26).
 */
export type Offer = {
  /** Whom it is about: whose subscription changes, who gets the credits. */
  accountId: string;
  /**
   * The billing profile that pays, or gets what is freed, and its currency. Null only where no money can move:
   * settlement NOTHING of an allocation.
   */
  profileId: string | null;
  currency: string | null;
  /** What the catalogue says for the new cycle or the goods, before any discount. At least 0. */
  listValue: bigint;
  /** What each discount takes off, as positive amounts; the migration discount applies once, to the first charge. */
  migrationDiscount: bigint;
  resellerDiscount: bigint;
  /** What every cycle costs from now on, discounts for good taken off; null when nothing recurs. */
  perCycle: bigint | null;
  /** What is due for it today, prepaid money not yet looked at: the sum of `lines`. Negative when money is freed. */
  prorated: bigint;
  /** As they will stand on the invoice or credit note. Empty when nothing is due. */
  lines: InvoiceLineDraft[];
  /**
   * SALE is invoiced and may be paid from prepaid money. TOP_UP is money paid in: no sale, no tax, and not paid from
   * itself. NOTHING moves no money.
   */
  settlement: 'SALE' | 'TOP_UP' | 'NOTHING';
  /** Part of what is signed and compared at commit. */
  terms: OfferTerms;
};

/**
 * What `apply` needs, as JSON without numbers that could lose digits (amounts as text).
 * What is named here is read for every quote.
 */
export type OfferTerms = {
  /** The subscription that its invoice or credit note is about. */
  subscriptionId?: string;
  /** The account that pays from the next cycle on. */
  payerId?: string | null;
  /** What happens to a subscription. */
  change?: string;
  [more: string]: unknown;
};

export type QuoteKindName =
  | 'SUBSCRIPTION_CREATE'
  | 'SUBSCRIPTION_CHANGE'
  | 'SUBSCRIPTION_RENEW'
  | 'CREDITS_BUY'
  | 'CREDITS_ALLOCATE'
  | 'PREPAID_BUY';

/** A committed quote, as `apply` sees it. */
export type CommittedQuote = {
  id: string;
  kind: QuoteKindName;
  accountId: string;
  profileId: string | null;
  offer: Offer;
  createdBy: string | null;
};

/**
 * All that is particular to one kind of change.
 * Everything runs inside the transaction of the caller, under billing's second role.
 */
export type QuoteKind<Input> = {
  /** Locks what it changes beside profile and wallets, and before those. */
  lock?(tx: EntityManager, accountId: string): Promise<unknown>;
  /** Why it cannot be committed now, whatever it costs; under that lock. Null when it can. */
  refusesCommit?(tx: EntityManager, accountId: string): Promise<Refusal | null>;
  /**
   * What it would cost now. Runs when the quote is made and again, under locks, when it is committed: it reads what it
   * depends on and locks it (`for no key update`) in a fixed order when `lock` is true. Whether the viewer may do it at
   * all was looked at before, under row-level security.
   */
  offer(tx: EntityManager, input: Input, at: { now: Date; lock: boolean }): Promise<Offer | Refusal>;
  /**
   * Does it, in the transaction that books the money. Never refuses: what `offer` said under locks still holds. Gives
   * ids of what it made.
   */
  apply(
    tx: EntityManager,
    done: { quote: CommittedQuote; invoice: Invoice | null; paymentId: string | null; now: Date },
  ): Promise<Record<string, string>>;
  /**
   * Returns the account that paid for what it changes; null when none did.
   * What `offer` refuses tells of that account's money, so it is said only to a viewer who reaches it.
   */
  paidBefore?(tx: EntityManager, input: Input): Promise<string | null>;
  /** Whose bill it is where no profile pays. Left out, the account that it is about. */
  owner?(input: Input): string;
  /**
   * Returns the credits, of whatever kind, that it buys or hands on: they count against the budget of a key.
   * Left out, none.
   */
  credits?(offer: Offer): bigint;
};

// biome-ignore lint/suspicious/noExplicitAny: each kind has its own input, which it reads back from the row.
export type AnyQuoteKind = QuoteKind<any>;

export type QuoteKinds = Record<QuoteKindName, AnyQuoteKind>;
