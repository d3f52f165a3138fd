import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import type { InvoiceLineDraft } from '../../pricing/prices/invoiceLine.ts';
import type { InvoiceLineRow, InvoicePaymentRow, InvoiceRow, InvoiceState } from './invoiceTables.ts';

const ROW = `
  i.id, i.kind, i.number, i.payer_id as "payerId", i.profile_id as "profileId", i.account_id as "accountId", i.currency,
  i.issued_at as "issuedAt", i.issued_on::text as "issuedOn", i.net, i.tax, i.gross, i.seller, i.buyer, i.tax_basis_points as "taxBasisPoints",
  i.corrects_id as "correctsId", i.quote_id as "quoteId", i.subscription_id as "subscriptionId", i.transaction_id as "transactionId"`;

type Raw<Row, Amounts extends keyof Row> = Omit<Row, Amounts> & Record<Amounts, string>;
type RawInvoice = Raw<InvoiceRow, 'net' | 'tax' | 'gross'>;

const readInvoice = (row: RawInvoice): InvoiceRow => ({
  ...row,
  net: BigInt(row.net),
  tax: BigInt(row.tax),
  gross: BigInt(row.gross),
});

/** Row-level security decides which of them exist for this viewer, here and below. */
export async function loadInvoices(tx: EntityManager, ids: readonly string[]): Promise<InvoiceRow[]> {
  const rows: RawInvoice[] = await tx.query(`select ${ROW} from invoice i where i.id = any($1)`, [ids]);
  return rows.map(readInvoice);
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

/** One page per payer of its invoices and credit notes, newest first (A40). */
export async function loadInvoicePages(
  tx: EntityManager,
  payerIds: readonly string[],
  page: Page,
  filter: InvoiceFilter,
): Promise<InvoiceRow[]> {
  const [issuedAt, id] = page.after ?? [null, null];
  const rows: RawInvoice[] = await tx.query(
    `select found.*
     from unnest($1::uuid[]) as payer (id)
     cross join lateral (
       select ${ROW}
       from invoice i
       where i.payer_id = payer.id
         and ($2::timestamptz is null or (i.issued_at, i.id) < ($2, $3::uuid))
         and ($5::uuid[] is null or i.account_id = any($5))
         and ($6::text is null or i.kind = $6)
         and ($7::boolean is null or exists (
           select from invoice_state s where s.invoice_id = i.id and (s.paid = s.gross) = $7))
         and ($8::date is null or i.issued_on >= $8) and ($9::date is null or i.issued_on <= $9)
         and ($10::text is null or i.number = $10)
       order by i.issued_at desc, i.id desc
       limit $4
     ) as found`,
    [
      payerIds,
      issuedAt,
      id,
      page.first + 1,
      filter.accountIds,
      filter.kind,
      filter.paid,
      filter.from,
      filter.to,
      filter.number,
    ],
  );
  return rows.map(readInvoice);
}

/** One page per invoice of the credit notes that take it back, newest first. */
export async function loadCreditNotePages(
  tx: EntityManager,
  invoiceIds: readonly string[],
  page: Page,
): Promise<(InvoiceRow & { correctedId: string })[]> {
  const [issuedAt, id] = page.after ?? [null, null];
  const rows: (RawInvoice & { correctedId: string })[] = await tx.query(
    `select found.*, corrected.id as "correctedId"
     from unnest($1::uuid[]) as corrected (id)
     cross join lateral (
       select ${ROW}
       from invoice i
       where i.id in (
           select n.id from invoice n where n.corrects_id = corrected.id
           union all select p.credit_note_id from credit_note_part p where p.invoice_id = corrected.id)
         and ($2::timestamptz is null or (i.issued_at, i.id) < ($2, $3::uuid))
       order by i.issued_at desc, i.id desc
       limit $4
     ) as found`,
    [invoiceIds, issuedAt, id, page.first + 1],
  );
  return rows.map((row) => ({ ...readInvoice(row), correctedId: row.correctedId }));
}

const LINE = `
  l.id, l.invoice_id as "invoiceId", l.position, l.kind, l.description, l.quantity, l.amount, l.from_day::text as "from", l.to_day::text as "to"`;
type RawLine = Raw<InvoiceLineRow, 'amount'>;
const readLine = (row: RawLine): InvoiceLineRow => ({ ...row, amount: BigInt(row.amount) });

/** One page per invoice of its lines, in their order. */
export async function loadLinePages(
  tx: EntityManager,
  invoiceIds: readonly string[],
  page: Page,
): Promise<InvoiceLineRow[]> {
  const rows: RawLine[] = await tx.query(
    `select found.*
     from unnest($1::uuid[]) as invoice (id)
     cross join lateral (
       select ${LINE} from invoice_line l
       where l.invoice_id = invoice.id and l.position > $2
       order by l.position
       limit $3
     ) as found`,
    [invoiceIds, Number(page.after?.[0] ?? 0), page.first + 1],
  );
  return rows.map(readLine);
}

/** Every line of these invoices, in their order: for what is printed. */
export async function loadLines(tx: EntityManager, invoiceIds: readonly string[]): Promise<InvoiceLineRow[]> {
  const rows: RawLine[] = await tx.query(
    `select ${LINE} from invoice_line l where l.invoice_id = any($1) order by l.invoice_id, l.position`,
    [invoiceIds],
  );
  return rows.map(readLine);
}

/** What was paid of invoices; a credit note has none. */
export async function loadStates(tx: EntityManager, invoiceIds: readonly string[]): Promise<InvoiceState[]> {
  const rows: Raw<InvoiceState, 'gross' | 'paid'>[] = await tx.query(
    'select invoice_id as "invoiceId", gross, paid, paid_at as "paidAt" from invoice_state where invoice_id = any($1)',
    [invoiceIds],
  );
  return rows.map((row) => ({ ...row, gross: BigInt(row.gross), paid: BigInt(row.paid) }));
}

/** Every payment of these invoices, the oldest first: a card, prepaid money and a few credit notes, a handful. */
export async function loadPayments(tx: EntityManager, invoiceIds: readonly string[]): Promise<InvoicePaymentRow[]> {
  const rows: (Omit<InvoicePaymentRow, 'amount'> & { amount: string; currency: string })[] = await tx.query(
    `select p.id, p.invoice_id as "invoiceId", p.source, p.amount, i.currency, p.paid_at as "paidAt"
     from invoice_payment p join invoice i on i.id = p.invoice_id
     where p.invoice_id = any($1)
     order by p.paid_at, p.id`,
    [invoiceIds],
  );
  return rows.map(({ amount, currency, ...row }) => ({ ...row, amount: { minor: BigInt(amount), currency } }));
}

/** What is written of a new invoice. */
export type NewInvoice = Omit<InvoiceRow, 'number'> & {
  series: string;
  reference: string;
  lines: readonly InvoiceLineDraft[];
};

/**
 * Writes an invoice with its lines, its number taken in the same statement from its series, which the caller holds locked (`lockSeries`); of an invoice
 * also that nothing is paid yet. Gives the number.
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
