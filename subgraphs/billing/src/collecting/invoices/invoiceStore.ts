import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { Any, type EntityManager } from 'typeorm';
import type { InvoiceLineDraft } from '../../pricing/prices/invoiceLine.ts';
import {
  type InvoiceLineRow,
  InvoiceLineTable,
  type InvoicePaymentRow,
  InvoicePaymentTable,
  type InvoiceRow,
  type InvoiceState,
  InvoiceStateTable,
  InvoiceTable,
} from './invoiceTables.ts';

/** Row-level security decides which of them exist for this viewer, here and below. */
export async function loadInvoices(tx: EntityManager, ids: readonly string[]): Promise<InvoiceRow[]> {
  return await tx.findBy(InvoiceTable, { id: Any([...ids]) });
}

/** One that the caller has the id of; throws when there is none. */
export async function findInvoice(tx: EntityManager, id: string): Promise<InvoiceRow> {
  const [invoice] = await loadInvoices(tx, [id]);
  if (invoice === undefined) throw new Error(`There is no invoice ${id}.`);
  return invoice;
}

/** What a list of invoices is limited to; null leaves it open. */
export type InvoiceFilter = {
  /** Invoices about these accounts. */
  accountIds: string[] | null;
  kind: 'INVOICE' | 'CREDIT_NOTE' | null;
  /** True: paid in full; false: something is owed. Either leaves credit notes out. */
  paid: boolean | null;
  /** Days of issue, both included, `YYYY-MM-DD`. */
  from: string | null;
  to: string | null;
  number: string | null;
};

const INVOICES: KeysetList = {
  select: columnsOf(InvoiceTable, 'i'),
  from: 'invoice i',
  where: `i.payer_id = owner.id
    and ($1::uuid[] is null or i.account_id = any($1))
    and ($2::text is null or i.kind = $2)
    and ($3::boolean is null or exists (select from invoice_state s where s.invoice_id = i.id and (s.paid = s.gross) = $3))
    and ($4::date is null or i.issued_on >= $4) and ($5::date is null or i.issued_on <= $5)
    and ($6::text is null or i.number = $6)`,
  keys: [
    { by: 'i.issued_at', kind: 'instant' },
    { by: 'i.id', kind: 'id' },
  ],
  descending: true,
};

/** One page per payer of its invoices and credit notes, newest first (A40). */
export async function loadInvoicePages(
  tx: EntityManager,
  owners: readonly string[],
  page: Page,
  { accountIds, kind, paid, from, to, number }: InvoiceFilter,
): Promise<InvoiceRow[]> {
  return await loadKeysetPages(tx, INVOICES, { owners, page, values: [accountIds, kind, paid, from, to, number] });
}

const CREDIT_NOTES: KeysetList = {
  ...INVOICES,
  select: `${INVOICES.select}, owner.id as "correctedId"`,
  where: `i.id in (
    select n.id from invoice n where n.corrects_id = owner.id
    union all select p.credit_note_id from credit_note_part p where p.invoice_id = owner.id)`,
};

/** One page per invoice of the credit notes that take it back, newest first. */
export const loadCreditNotePages = (
  tx: EntityManager,
  owners: readonly string[],
  page: Page,
): Promise<(InvoiceRow & { correctedId: string })[]> => loadKeysetPages(tx, CREDIT_NOTES, { owners, page });

const LINES: KeysetList = {
  select: columnsOf(InvoiceLineTable, 'l'),
  from: 'invoice_line l',
  where: 'l.invoice_id = owner.id',
  keys: [{ by: 'l.position', kind: 'number' }],
};

/** One page per invoice of its lines, in their order. */
export const loadLinePages = (tx: EntityManager, owners: readonly string[], page: Page): Promise<InvoiceLineRow[]> =>
  loadKeysetPages(tx, LINES, { owners, page });

/** Every line of these invoices, in their order: for what is printed. */
export async function loadLines(tx: EntityManager, invoiceIds: readonly string[]): Promise<InvoiceLineRow[]> {
  return await tx.find(InvoiceLineTable, {
    where: { invoiceId: Any([...invoiceIds]) },
    order: { invoiceId: 'ASC', position: 'ASC' },
  });
}

/** What was paid of invoices; a credit note has none. */
export async function loadStates(tx: EntityManager, invoiceIds: readonly string[]): Promise<InvoiceState[]> {
  return await tx.findBy(InvoiceStateTable, { invoiceId: Any([...invoiceIds]) });
}

/** Every payment of these invoices, the oldest first: a card, prepaid money and a few credit notes, a handful. */
export async function loadPayments(tx: EntityManager, invoiceIds: readonly string[]): Promise<InvoicePaymentRow[]> {
  const rows: (Omit<InvoicePaymentRow, 'amount'> & { amount: bigint; currency: string })[] = await tx.query(
    `select ${columnsOf(InvoicePaymentTable, 'p', ['id', 'invoiceId', 'source', 'amount', 'paidAt'])}, i.currency
     from invoice_payment p join invoice i on i.id = p.invoice_id
     where p.invoice_id = any($1)
     order by p.paid_at, p.id`,
    [invoiceIds],
  );
  return rows.map(({ amount, currency, ...row }) => ({ ...row, amount: { minor: amount, currency } }));
}

/** What is written of a new invoice. */
export type NewInvoice = Omit<InvoiceRow, 'number'> & {
  series: string;
  reference: string;
  lines: readonly InvoiceLineDraft[];
};

/**
 * Writes an invoice with its lines, its number taken in the same statement from its series, which the caller holds
 * locked (`lockSeries`); of an invoice also that nothing is paid yet. Returns the number.
 */
export async function addInvoice(tx: EntityManager, { lines, ...row }: NewInvoice): Promise<string> {
  const [{ number }]: [{ number: string }] = await tx.query(
    `with taken as (
       update invoice_series set last = last + 1 where series = $2 returning last
     ), added as (
       insert into invoice (id, kind, series, sequence, reference, corrects_id, quote_id, subscription_id, payer_id, profile_id, account_id,
                            currency, issued_at, issued_on, seller, buyer, tax_basis_points, net, tax, gross, transaction_id)
       select $1, $3, $2, taken.last, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::date, $14, $15, $16, $17, $18, $19, $20 from taken
       returning number
     ), state as (
       insert into invoice_state (invoice_id, gross, paid, paid_at, credited_net, credited_tax)
       select $1, $19, 0, case when $19::bigint = 0 then $12::timestamptz end, 0, 0 where $3 = 'INVOICE'
     ), lines as (
       insert into invoice_line (id, invoice_id, position, kind, description, quantity, amount, from_day, to_day)
       select id, $1, position, kind, description, quantity, amount, "from", "to"
       from json_to_recordset($21) as line (
         id uuid, position integer, kind text, description text, quantity integer, amount bigint, "from" date, "to" date)
     )
     select number from added`,
    [
      row.id,
      row.series,
      row.kind,
      row.reference,
      row.correctsId,
      row.quoteId,
      row.subscriptionId,
      row.payerId,
      row.profileId,
      row.accountId,
      row.currency,
      row.issuedAt,
      row.issuedOn,
      row.seller,
      row.buyer,
      row.taxBasisPoints,
      row.net,
      row.tax,
      row.gross,
      row.transactionId,
      JSON.stringify(
        lines.map((line, at) => ({ ...line, id: newId(), position: at + 1, amount: line.amount.toString() })),
      ),
    ],
  );
  return number;
}
