import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { EntityManager } from 'typeorm';
import { type QuoteRow, readInput, readOffer, writeInput, writeOffer } from './quoteTables.ts';

const COLUMNS = `
  q.id, q.kind, q.account_id as "accountId", q.owner_id as "ownerId", q.profile_id as "profileId", q.input, q.offer,
  q.prepaid_applied as "prepaidApplied", q.due_today as "dueToday", q.tax_today as "taxToday", q.charged_today as "chargedToday",
  q.created_at as "createdAt", q.expires_at as "expiresAt", q.created_by as "createdBy", q.reference, q.state,
  q.commit_account as "commitAccount", q.commit_key as "commitKey", q.commit_hash as "commitHash", q.api_key_id as "apiKeyId", q.payment_id as "paymentId",
  q.hold_id as "holdId", q.invoice_id as "invoiceId", q.made, q.committed_at as "committedAt"`;

// biome-ignore lint/suspicious/noExplicitAny: a raw row, amounts as text; it becomes a QuoteRow here and nowhere else.
const readRow = (row: any): QuoteRow => ({
  ...row,
  input: readInput(row.input),
  offer: readOffer(row.offer),
  prepaidApplied: BigInt(row.prepaidApplied),
  dueToday: BigInt(row.dueToday),
  taxToday: BigInt(row.taxToday),
  chargedToday: BigInt(row.chargedToday),
});

/** Writes down what is said. The request's role cannot: see `createQuote`. */
export async function addQuote(tx: EntityManager, quote: QuoteRow): Promise<void> {
  await tx.query(
    `insert into quote (id, kind, account_id, owner_id, profile_id, input, offer, prepaid_applied, due_today, tax_today, charged_today,
                        created_at, expires_at, created_by, reference, state)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'OPEN')`,
    [
      quote.id,
      quote.kind,
      quote.accountId,
      quote.ownerId,
      quote.profileId,
      writeInput(quote.input),
      writeOffer(quote.offer),
      quote.prepaidApplied.toString(),
      quote.dueToday.toString(),
      quote.taxToday.toString(),
      quote.chargedToday.toString(),
      quote.createdAt,
      quote.expiresAt,
      quote.createdBy,
      quote.reference,
    ],
  );
}

/** Row-level security decides which of them exist for this viewer, here and below. */
export async function loadQuotes(tx: EntityManager, ids: readonly string[]): Promise<QuoteRow[]> {
  const rows: unknown[] = await tx.query(`select ${COLUMNS} from quote q where q.id = any($1)`, [ids]);
  return rows.map(readRow);
}

/** One page per account of the quotes that are about it, newest first. */
export async function loadQuotePages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
): Promise<QuoteRow[]> {
  const [createdAt, id] = page.after ?? [null, null];
  const rows: unknown[] = await tx.query(
    `select found.* from unnest($1::uuid[]) as account (id)
     cross join lateral (
       select ${COLUMNS} from quote q
       where q.account_id = account.id and ($2::timestamptz is null or (q.created_at, q.id) < ($2, $3::uuid))
       order by q.created_at desc, q.id desc limit $4
     ) as found`,
    [accountIds, createdAt, id, page.first + 1],
  );
  return rows.map(readRow);
}

/** Locks a quote: whoever commits it or settles its payment holds this first. */
export async function lockQuote(tx: EntityManager, id: string): Promise<QuoteRow | null> {
  const rows: unknown[] = await tx.query(`select ${COLUMNS} from quote q where q.id = $1 for no key update`, [id]);
  return rows[0] === undefined ? null : readRow(rows[0]);
}

/** As `lockQuote`, by the reference of what nobody asked for. Two that ask at once wait for each other, also while there is no quote yet. */
export async function lockQuoteOfReference(tx: EntityManager, reference: string): Promise<QuoteRow | null> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('quote ' || $1, 0))`, [reference]);
  const rows: unknown[] = await tx.query(`select ${COLUMNS} from quote q where q.reference = $1 for no key update`, [
    reference,
  ]);
  return rows[0] === undefined ? null : readRow(rows[0]);
}

/** Whose idempotency key commits a quote; null when nobody asked for it. */
export type CommitKey = { accountId: string; key: string; hash: Buffer };

export async function markPaying(
  tx: EntityManager,
  id: string,
  by: CommitKey | null,
  { paymentId, holdId, apiKeyId }: { paymentId: string; holdId: string | null; apiKeyId: string | null },
): Promise<void> {
  await tx.query(
    `update quote set state = 'PAYING', commit_account = $2, commit_key = $3, commit_hash = $4, payment_id = $5, hold_id = $6, api_key_id = $7 where id = $1`,
    [id, by?.accountId ?? null, by?.key ?? null, by?.hash ?? null, paymentId, holdId, apiKeyId],
  );
}

/** The payment came to nothing: the quote can be committed again while it lasts. It keeps the payment that it had. */
export async function markOpen(tx: EntityManager, id: string): Promise<void> {
  await tx.query(
    `update quote set state = 'OPEN', commit_account = null, commit_key = null, commit_hash = null, api_key_id = null, hold_id = null where id = $1`,
    [id],
  );
}

export async function markCommitted(
  tx: EntityManager,
  id: string,
  {
    invoiceId,
    made,
    apiKeyId,
    now,
  }: { invoiceId: string | null; made: Record<string, string>; apiKeyId: string | null; now: Date },
): Promise<void> {
  await tx.query(
    `update quote set state = 'COMMITTED', invoice_id = $2, made = $3, committed_at = $4, api_key_id = $5 where id = $1`,
    [id, invoiceId, made, now, apiKeyId],
  );
}
