/** Credits that an account holds as such. Kinds never turn into each other. */
export type CreditKind = 'TRACKER' | 'SMS' | 'INBOX_PREVIEW';

/** What the ledger counts: credits, or the smallest unit of a currency. A transaction sums to zero for each of them. */
export type LedgerKind = CreditKind | MoneyKind;
export type MoneyKind = `MONEY:${string}`;

/** The kind under which the ledger counts money of a currency: `MONEY:EUR` counts cents. */
export const moneyKind = (currency: string): MoneyKind => `MONEY:${currency}`;

/** The currency of a kind that counts money; null of credits. */
export const currencyOf = (kind: LedgerKind): string | null => (kind.startsWith('MONEY:') ? kind.slice(6) : null);

/**
 * Our own side of the books, one per kind. Value goes from a negative entry to a positive one. Credits: `issued` (we
 * gave them out), `consumed` (used up), `expired` (ran out unspent). Money: `card` (came in through the payment
 * provider), `held` (set aside for a payment that is under way), `receivable` (what customers owe is negative),
 * `revenue`, `tax`, `refunded` (went back to a card), `commission-cost`, `commission-owed` (to partners), `payout`
 * (paid out to partners).
 */
export type BookName =
  | 'issued'
  | 'consumed'
  | 'expired'
  | 'card'
  | 'held'
  | 'receivable'
  | 'revenue'
  | 'tax'
  | 'refunded'
  | 'commission-cost'
  | 'commission-owed'
  | 'payout';
export type Book = `${BookName}:${LedgerKind}`;

/** Why something was booked. */
export type LedgerTransactionType =
  /** Credits given. */
  | 'GRANT'
  /** Credits that paid for events. */
  | 'CHARGE'
  /** Credits of a lot that ran out unspent. */
  | 'EXPIRE'
  /** Credits bought. */
  | 'PURCHASE'
  /** Credits moved to another account, and back. */
  | 'ALLOCATE'
  | 'TAKE_BACK'
  /** Prepaid money paid in, set aside for a payment under way, given back when it came to nothing. */
  | 'TOP_UP'
  | 'HOLD'
  | 'RELEASE'
  /** A sale, its payment, and what takes a sale back. */
  | 'INVOICE'
  | 'PAYMENT'
  | 'CREDIT_NOTE'
  /** What partners earn, lose again, and are paid. */
  | 'COMMISSION'
  | 'COMMISSION_REVERSAL'
  | 'PAYOUT';

/** True of credits, false of money. */
export const isCreditKind = (kind: string): kind is CreditKind =>
  kind === 'TRACKER' || kind === 'SMS' || kind === 'INBOX_PREVIEW';

/** The kind as the graph shows it: every currency is MONEY there. */
export const shownKind = (kind: LedgerKind): CreditKind | 'MONEY' => (isCreditKind(kind) ? kind : 'MONEY');
