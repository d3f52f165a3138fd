import { bigintColumn } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';
import type { Money } from '../../books/money/money.ts';
import type { InvoiceLineDraft } from '../../pricing/prices/invoiceLine.ts';

/**
 * An invoice, or a credit note that takes back an invoice or a part of it. Never changed; what was paid of it stands
 * beside it.
 */
export type Invoice = {
  id: string;
  kind: 'INVOICE' | 'CREDIT_NOTE';
  /** Gapless within its series, for example `F2026-000042`. */
  number: string;
  /** Whose bill it is: the account of the billing profile. */
  payerId: string;
  profileId: string;
  /** Whom it is about. */
  accountId: string;
  currency: string;
  issuedAt: Date;
  net: bigint;
  tax: bigint;
  gross: bigint;
};

/**
 * Who sells or buys, as it stood on the day of the invoice: a copy, so that nothing that changes later changes an
 * invoice.
 */
export type Party = {
  legalName: string;
  addressLines: string[];
  /** ISO 3166-1, two capitals. */
  country: string;
  vatId: string | null;
};

/**
 * Who sells: a party with what the law wants on every invoice, which may be empty, and the time zone that decides the
 * day and the year of an invoice.
 */
export type Seller = Party & { note: string; timeZone: string };

/** All that an invoice says of itself. */
export type InvoiceRow = Invoice & {
  /** The seller's day at which it was issued, `YYYY-MM-DD`; its year is that of the number. */
  issuedOn: string;
  seller: Seller;
  buyer: Party;
  /** Of its one tax line; of a credit note over several rates the highest of them (`creditNoteParts.ts`). */
  taxBasisPoints: number;
  /** Of a credit note: the invoice that it takes back, or a part of it. Null when it takes back parts of several. */
  correctsId: string | null;
  quoteId: string | null;
  subscriptionId: string | null;
  /** The transaction of the ledger that booked it; null when it comes to nothing. */
  transactionId: string | null;
};

export const InvoiceTable = new EntitySchema<InvoiceRow>({
  name: 'invoice',
  columns: {
    id: { type: 'uuid', primary: true },
    kind: { type: 'text' },
    number: { type: 'text', insert: false, update: false },
    payerId: { type: 'uuid', name: 'payer_id' },
    profileId: { type: 'uuid', name: 'profile_id' },
    accountId: { type: 'uuid', name: 'account_id' },
    currency: { type: 'text' },
    issuedAt: { type: 'timestamptz', name: 'issued_at' },
    issuedOn: { type: 'date', name: 'issued_on' },
    net: bigintColumn,
    tax: bigintColumn,
    gross: bigintColumn,
    seller: { type: 'jsonb' },
    buyer: { type: 'jsonb' },
    taxBasisPoints: { type: 'integer', name: 'tax_basis_points' },
    correctsId: { type: 'uuid', name: 'corrects_id', nullable: true },
    quoteId: { type: 'uuid', name: 'quote_id', nullable: true },
    subscriptionId: { type: 'uuid', name: 'subscription_id', nullable: true },
    transactionId: { type: 'uuid', name: 'transaction_id', nullable: true },
  },
});

/** What was paid of an invoice: a projection that checks prove. The rest of its gross amount is owed. */
export type InvoiceState = { invoiceId: string; gross: bigint; paid: bigint; paidAt: Date | null };

export const InvoiceStateTable = new EntitySchema<InvoiceState>({
  name: 'invoice_state',
  columns: {
    invoiceId: { type: 'uuid', primary: true, name: 'invoice_id' },
    gross: bigintColumn,
    paid: bigintColumn,
    paidAt: { type: 'timestamptz', name: 'paid_at', nullable: true },
  },
});

export type InvoiceLineRow = InvoiceLineDraft & { id: string; invoiceId: string; position: number };

export const InvoiceLineTable = new EntitySchema<InvoiceLineRow>({
  name: 'invoice_line',
  columns: {
    id: { type: 'uuid', primary: true },
    invoiceId: { type: 'uuid', name: 'invoice_id' },
    position: { type: 'integer' },
    kind: { type: 'text' },
    description: { type: 'text' },
    quantity: { type: 'integer' },
    amount: bigintColumn,
    from: { type: 'date', name: 'from_day', nullable: true },
    to: { type: 'date', name: 'to_day', nullable: true },
  },
});

/**
 * A part of an invoice that was paid: by card, from prepaid money that was set aside, or because a credit note took
 * back what was not paid yet.
 */
export type InvoicePaymentRow = {
  id: string;
  invoiceId: string;
  source: 'CARD' | 'PREPAID' | 'CREDIT_NOTE';
  amount: Money;
  paidAt: Date;
};
