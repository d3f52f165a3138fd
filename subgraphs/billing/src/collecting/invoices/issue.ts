import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import { moneyKind } from '../../books/ledger/kinds.ts';
import { type Leg, post } from '../../books/ledger/post.ts';
import type { InvoiceLineDraft } from '../../pricing/prices/invoiceLine.ts';
import type { BillingProfile } from '../profiles/profileTables.ts';
import { addInvoice } from './invoiceStore.ts';
import { type InvoiceRow, InvoiceTable, type Party } from './invoiceTables.ts';
import { lockSeries } from './series.ts';
import { taxOn } from './tax.ts';

export type InvoiceDraft = {
  profile: BillingProfile;
  /** Whom it is about. */
  accountId: string;
  /** They sum to 0 or more. */
  lines: readonly InvoiceLineDraft[];
  /** At most 180 characters; an invoice with this reference is issued once. */
  reference: string;
  quoteId?: string | null;
  subscriptionId?: string | null;
  now: Date;
};

/**
 * Issues an invoice and books the sale: what the customer owes, against revenue and tax. Null when its reference was
 * issued before: then nothing is done. It takes the lock of its series, the last one of a transaction. One that comes
 * to nothing is issued, and paid at once; it has nothing to book.
 */
export async function issueInvoice(tx: EntityManager, draft: InvoiceDraft): Promise<InvoiceRow | null> {
  const { profile, lines } = draft;
  const net = sumOf(lines);
  if (net < 0n)
    throw new RangeError('An invoice asks for nothing or more; what is given back stands on a credit note.');
  const tax = taxOn(net, profile.taxBasisPoints);
  const kind = moneyKind(profile.currency);
  const booking: Leg[] = [
    { kind, amount: -(net + tax), book: `receivable:${kind}` },
    { kind, amount: net, book: `revenue:${kind}` },
    { kind, amount: tax, book: `tax:${kind}` },
  ];
  return await issue(tx, { ...draft, kind: 'INVOICE', net, tax, booking, correctsId: null });
}

/** The sum of lines. */
export const sumOf = (lines: readonly InvoiceLineDraft[]): bigint =>
  lines.reduce((sum, { amount }) => sum + amount, 0n);

/** Returns it a number, books it and writes it, unless its reference was issued before. */
export async function issue(
  tx: EntityManager,
  {
    kind,
    profile,
    accountId,
    lines,
    reference,
    quoteId = null,
    subscriptionId = null,
    now,
    net,
    tax,
    booking,
    correctsId,
  }: InvoiceDraft & {
    kind: InvoiceRow['kind'];
    net: bigint;
    tax: bigint;
    booking: readonly Leg[];
    correctsId: string | null;
  },
): Promise<InvoiceRow | null> {
  const { series, issuedOn, seller } = await lockSeries(tx, kind, now);
  if (await tx.existsBy(InvoiceTable, { reference })) return null;

  const id = newId();
  const cause = { invoiceId: id, profileId: profile.id, accountId, ...idsOf({ quoteId, subscriptionId, correctsId }) };
  const legs = booking.filter(({ amount }) => amount !== 0n);
  const transactionId =
    legs.length === 0 ? null : await post(tx, { type: kind, reference: `invoice:${reference}`, cause, legs }, now);
  if (legs.length > 0 && transactionId === null) {
    throw new Error(`The invoice ${reference} stands in the books, but it is not there.`);
  }
  const row: Omit<InvoiceRow, 'number'> = {
    id,
    kind,
    payerId: profile.accountId,
    profileId: profile.id,
    accountId,
    currency: profile.currency,
    issuedAt: now,
    issuedOn,
    net,
    tax,
    gross: net + tax,
    seller,
    buyer: buyerOf(profile),
    taxBasisPoints: profile.taxBasisPoints,
    correctsId,
    quoteId,
    subscriptionId,
    transactionId,
  };
  const number = await addInvoice(tx, { ...row, series, reference, lines });
  return { ...row, number };
}

const buyerOf = ({ legalName, addressLines, country, vatId }: BillingProfile): Party => ({
  legalName,
  addressLines,
  country,
  vatId,
});

const idsOf = (ids: Record<string, string | null>): Record<string, string> =>
  Object.fromEntries(Object.entries(ids).filter((entry): entry is [string, string] => entry[1] !== null));
