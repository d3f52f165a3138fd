import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import { insertOnce } from '../base/insertOnce.ts';
import { lockName } from '../base/lockName.ts';
import { moneyKind } from '../books/ledger/kinds.ts';
import { post } from '../books/ledger/post.ts';
import { type CommissionTerms, monthToBook } from './commission.ts';
import {
  type AttributionRow,
  AttributionTable,
  type CommissionCreditNoteRow,
  CommissionCreditNoteTable,
  type CommissionCreditRow,
  CommissionCreditTable,
  type CommissionLineRow,
  CommissionLineTable,
  CommissionTermsTable,
} from './commissionTables.ts';

export type Attribution = AttributionRow;

/** Who brought a client; null when no one did. */
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
  await lockName(tx, `commission months ${partnerId}`);
}

/** The terms that hold for a partner at an instant: its own, else those for all. */
export async function findTerms(tx: EntityManager, partnerId: string, at: Date): Promise<CommissionTerms> {
  const row = await tx
    .createQueryBuilder(CommissionTermsTable, 't')
    .where('(t.partnerId = :partnerId or t.partnerId is null) and t.validFrom <= :at', { partnerId, at })
    .orderBy('t.partnerId', 'ASC', 'NULLS LAST')
    .addOrderBy('t.validFrom', 'DESC')
    .addOrderBy('t.seq', 'DESC')
    .limit(1)
    .getOne();
  return { basisPoints: row?.basisPoints ?? 0, months: row?.months ?? null };
}

export type Earned = Pick<CommissionLineRow, 'invoiceId' | 'currency' | 'net' | 'basisPoints' | 'amount'>;

export async function findEarned(tx: EntityManager, invoiceId: string): Promise<Earned | null> {
  return await tx
    .createQueryBuilder(CommissionLineTable, 'l')
    // The kind is no parameter: it is the condition of the index.
    .where(`l.kind = 'EARNED' and l.invoiceId = :invoiceId`, { invoiceId })
    .getOne();
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
    `select ${columnsOf(CommissionLineTable, 'l', ['invoiceId'])}, l.net - coalesce(c.net, 0) as left
     from commission_line l
     cross join lateral (select sum(net)::bigint as net from commission_credit where invoice_id = l.invoice_id) c
     where l.client_id = $1 and l.kind = 'EARNED' and l.currency = $2 and l.net > coalesce(c.net, 0)
     order by l.booked_at desc, l.id desc limit 200`,
    [clientId, currency],
  );
}

/** Notes a credit note; false when it was noted before. */
export const addCreditNote = (tx: EntityManager, note: CommissionCreditNoteRow): Promise<boolean> =>
  insertOnce(tx, CommissionCreditNoteTable, note);

/** Notes that a credit note took back a part of an invoice. */
export async function addCredit(tx: EntityManager, credit: CommissionCreditRow): Promise<void> {
  await tx.insert(CommissionCreditTable, credit);
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
export async function loadCredits(tx: EntityManager, invoiceId: string): Promise<CommissionCreditRow[]> {
  return await tx.find(CommissionCreditTable, {
    where: { invoiceId },
    order: { recordedAt: 'ASC', creditNoteId: 'ASC' },
  });
}

/**
 * Writes a line and books it: what was earned goes from our cost to what we owe partners, what is taken back (a
 * negative amount) comes from there again. Anyone who writes holds `holdClient`.
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
  await tx.insert(CommissionLineTable, {
    id: newId(),
    kind: creditNoteId === null ? 'EARNED' : 'REVERSED',
    partnerId,
    clientId,
    invoiceId,
    creditNoteId,
    currency,
    net,
    basisPoints,
    amount,
    month,
    transactionId,
    bookedAt: now,
  });
}
