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

/** `reference` names what may be invoiced only once. */
export const InvoiceTable = new EntitySchema<InvoiceRow & { series: string; sequence: bigint; reference: string }>({
  name: 'invoice',
  columns: {
    id: { type: 'uuid', primary: true },
    kind: { type: 'text' },
    number: { type: 'text', insert: false, update: false },
    series: { type: 'text', select: false },
    sequence: { ...bigintColumn, select: false },
    reference: { type: 'text', select: false },
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
export type InvoiceState = {
  invoiceId: string;
  gross: bigint;
  paid: bigint;
  paidAt: Date | null;
  /** What credit notes of this invoice have taken back. */
  creditedNet: bigint;
  creditedTax: bigint;
};

export const InvoiceStateTable = new EntitySchema<InvoiceState>({
  name: 'invoice_state',
  columns: {
    invoiceId: { type: 'uuid', primary: true, name: 'invoice_id' },
    gross: bigintColumn,
    paid: bigintColumn,
    paidAt: { type: 'timestamptz', name: 'paid_at', nullable: true },
    creditedNet: { ...bigintColumn, name: 'credited_net' },
    creditedTax: { ...bigintColumn, name: 'credited_tax' },
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

/** A payment as its row has it: its currency is that of the invoice. */
export type InvoicePaymentColumns = Omit<InvoicePaymentRow, 'amount'> & {
  /** The payment, the hold or the credit note. */
  sourceId: string;
  amount: bigint;
  transactionId: string;
};

export const InvoicePaymentTable = new EntitySchema<InvoicePaymentColumns>({
  name: 'invoice_payment',
  columns: {
    id: { type: 'uuid', primary: true },
    invoiceId: { type: 'uuid', name: 'invoice_id' },
    source: { type: 'text' },
    sourceId: { type: 'uuid', name: 'source_id' },
    amount: bigintColumn,
    paidAt: { type: 'timestamptz', name: 'paid_at' },
    transactionId: { type: 'uuid', name: 'transaction_id' },
  },
});

/** The one row of who sells. */
export const SellerTable = new EntitySchema<Seller & { onlyOne: boolean }>({
  name: 'seller',
  columns: {
    onlyOne: { type: 'boolean', primary: true, name: 'only_one' },
    legalName: { type: 'text', name: 'legal_name' },
    addressLines: { type: 'text', array: true, name: 'address_lines' },
    country: { type: 'text' },
    vatId: { type: 'text', name: 'vat_id', nullable: true },
    note: { type: 'text' },
    timeZone: { type: 'text', name: 'time_zone' },
  },
});

/** The last number of each series. */
export const SeriesTable = new EntitySchema<{ series: string; last: bigint }>({
  name: 'invoice_series',
  columns: { series: { type: 'text', primary: true }, last: bigintColumn },
});

/** What a credit note takes back of one of several invoices, at the tax rate of that invoice. */
export type CreditNotePart = { invoiceId: string | null; basisPoints: number; net: bigint; tax: bigint };

export const CreditNotePartTable = new EntitySchema<CreditNotePart & { id: string; creditNoteId: string }>({
  name: 'credit_note_part',
  columns: {
    id: { type: 'uuid', primary: true },
    creditNoteId: { type: 'uuid', name: 'credit_note_id' },
    invoiceId: { type: 'uuid', name: 'invoice_id', nullable: true },
    basisPoints: { type: 'integer', name: 'tax_basis_points' },
    net: bigintColumn,
    tax: bigintColumn,
  },
});
