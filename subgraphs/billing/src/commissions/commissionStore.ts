import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import { moneyKind } from '../books/ledger/kinds.ts';
import { post } from '../books/ledger/post.ts';
import { type CommissionTerms, monthToBook } from './commission.ts';
import { type AttributionRow, AttributionTable } from './commissionTables.ts';

export type Attribution = AttributionRow;

/** Who brought a client; null when nobody did. */
export async function findAttribution(tx: EntityManager, clientId: string): Promise<Attribution | null> {
  return await tx.findOneBy(AttributionTable, { clientId });
}

/**
 * What is earned by one client and taken back is booked one after the other; shared with the other clients of its
 * partner, against the closing of a month (`holdMonths`).
 */
export async function holdClient(tx: EntityManager, { partnerId, clientId }: Attribution): Promise<void> {
  await tx.query(
    `select pg_advisory_xact_lock(hashtextextended('commission client ' || $1, 0)),
            pg_advisory_xact_lock_shared(hashtextextended('commission months ' || $2, 0))`,
    [clientId, partnerId],
  );
}

/** Nothing of the partner is booked until this transaction ends. */
export async function holdMonths(tx: EntityManager, partnerId: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('commission months ' || $1, 0))`, [partnerId]);
}

/** The terms that hold for a partner at an instant: its own, else those for all. */
export async function findTerms(tx: EntityManager, partnerId: string, at: Date): Promise<CommissionTerms> {
  const [row] = await tx.query(
    `select basis_points as "basisPoints", months from commission_terms
     where (partner_id = $1 or partner_id is null) and valid_from <= $2
     order by partner_id nulls last, valid_from desc, seq desc limit 1`,
    [partnerId, at],
  );
  return row ?? { basisPoints: 0, months: null };
}

export type Earned = { invoiceId: string; currency: string; net: bigint; basisPoints: number; amount: bigint };

const EARNED = 'invoice_id as "invoiceId", currency, net, basis_points as "basisPoints", amount';

export async function findEarned(tx: EntityManager, invoiceId: string): Promise<Earned | null> {
  const [row] = await tx.query(`select ${EARNED} from commission_line where kind = 'EARNED' and invoice_id = $1`, [
    invoiceId,
  ]);
  return row ?? null;
}

/**
 * What a client's paid invoices have that no credit note took back yet, the newest first, as far as needed to take back
 * `net`.
 */
export async function findUncredited(
  tx: EntityManager,
  clientId: string,
  currency: string,
): Promise<{ invoiceId: string; left: bigint }[]> {
  return await tx.query(
    `select l.invoice_id as "invoiceId", l.net - coalesce(c.net, 0) as left
     from commission_line l
     cross join lateral (select sum(net)::bigint as net from commission_credit where invoice_id = l.invoice_id) c
     where l.client_id = $1 and l.kind = 'EARNED' and l.currency = $2 and l.net > coalesce(c.net, 0)
     order by l.booked_at desc, l.id desc limit 200`,
    [clientId, currency],
  );
}

/** Notes a credit note; false when it was noted before. */
export async function addCreditNote(
  tx: EntityManager,
  note: { id: string; clientId: string; currency: string; net: bigint; issuedAt: Date; namesInvoice: boolean },
): Promise<boolean> {
  const { id, clientId, currency, net, issuedAt, namesInvoice } = note;
  const added: unknown[] = await tx.query(
    'insert into commission_credit_note values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning id',
    [id, clientId, currency, net.toString(), issuedAt, namesInvoice],
  );
  return added.length === 1;
}

/** Notes that a credit note took back a part of an invoice. */
export async function addCredit(
  tx: EntityManager,
  { creditNoteId, invoiceId, net, now }: { creditNoteId: string; invoiceId: string; net: bigint; now: Date },
): Promise<void> {
  await tx.query('insert into commission_credit values ($1, $2, $3, $4)', [
    creditNoteId,
    invoiceId,
    net.toString(),
    now,
  ]);
}

/**
 * What credit notes that name no invoice took back from a client after it was billed at that instant, and no invoice
 * has given yet; the oldest first.
 */
export async function findLeftOver(
  tx: EntityManager,
  of: { clientId: string; currency: string; billedAt: Date },
): Promise<{ creditNoteId: string; left: bigint }[]> {
  return await tx.query(
    `select n.id as "creditNoteId", n.net - coalesce(c.net, 0) as left
     from commission_credit_note n
     cross join lateral (select sum(net)::bigint as net from commission_credit where credit_note_id = n.id) c
     where n.client_id = $1 and n.currency = $2 and not n.names_invoice and n.issued_at >= $3 and n.net > coalesce(c.net, 0)
     order by n.issued_at, n.id limit 200`,
    [of.clientId, of.currency, of.billedAt],
  );
}

/** What credit notes took back of an invoice, in their order. */
export async function loadCredits(
  tx: EntityManager,
  invoiceId: string,
): Promise<{ creditNoteId: string; net: bigint }[]> {
  return await tx.query(
    'select credit_note_id as "creditNoteId", net from commission_credit where invoice_id = $1 order by recorded_at, credit_note_id',
    [invoiceId],
  );
}

/**
 * Writes a line and books it: what was earned goes from our cost to what we owe partners, what is taken back (a
 * negative amount) comes from there again. Whoever writes holds `holdClient`.
 */
export async function addLine(
  tx: EntityManager,
  { partnerId, clientId }: Attribution,
  line: Earned & { creditNoteId: string | null },
  now: Date,
): Promise<void> {
  const { invoiceId, creditNoteId, currency, net, basisPoints, amount } = line;
  const [{ closed }] = await tx.query(
    'select max(month) as closed from commission_statement where partner_id = $1 and currency = $2',
    [partnerId, currency],
  );
  const month = monthToBook(now, closed);
  const kind = moneyKind(currency);
  const of: Record<string, string> = creditNoteId === null ? {} : { creditNoteId };
  const posted = {
    type: creditNoteId === null ? ('COMMISSION' as const) : ('COMMISSION_REVERSAL' as const),
    reference: creditNoteId === null ? `commission:${invoiceId}` : `commission-reversal:${creditNoteId}:${invoiceId}`,
    cause: { partnerId, clientId, invoiceId, ...of, month },
    legs: [
      { kind, amount: -amount, book: `commission-cost:${kind}` as const },
      { kind, amount, book: `commission-owed:${kind}` as const },
    ],
  };
  const transactionId = amount === 0n ? null : await post(tx, posted, now);
  if (amount !== 0n && transactionId === null) throw new Error(`${posted.reference} is booked and has no line.`);
  await tx.query(
    `insert into commission_line (id, kind, partner_id, client_id, invoice_id, credit_note_id, currency, net, basis_points, amount, month, transaction_id, booked_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      newId(),
      creditNoteId === null ? 'EARNED' : 'REVERSED',
      partnerId,
      clientId,
      invoiceId,
      creditNoteId,
      currency,
      net.toString(),
      basisPoints,
      amount.toString(),
      month,
      transactionId,
      now,
    ],
  );
}
