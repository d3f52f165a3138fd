import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { Any, type EntityManager, type QueryDeepPartialEntity } from 'typeorm';
import { lockName } from '../../base/lockName.ts';
import { type QuoteRow, QuoteTable, readInput, readOffer, type WrittenOffer } from './quoteTables.ts';

/** Writes down what is said. The request's role cannot: see `createQuote`. */
export async function addQuote(tx: EntityManager, quote: QuoteRow): Promise<void> {
  await tx.insert(QuoteTable, quote as QueryDeepPartialEntity<QuoteRow>);
}

/** Row-level security decides which of them exist for this viewer, here and below. */
export async function loadQuotes(tx: EntityManager, ids: readonly string[]): Promise<QuoteRow[]> {
  return await tx.findBy(QuoteTable, { id: Any([...ids]) });
}

const QUOTES: KeysetList = {
  select: columnsOf(QuoteTable, 'q'),
  from: 'quote q',
  where: 'q.account_id = owner.id',
  keys: [
    { by: 'q.created_at', kind: 'instant' },
    { by: 'q.id', kind: 'id' },
  ],
  descending: true,
};

/** One page per account of the quotes that are about it, newest first. */
export async function loadQuotePages(tx: EntityManager, owners: readonly string[], page: Page): Promise<QuoteRow[]> {
  const rows = await loadKeysetPages<QuoteRow & { offer: WrittenOffer }>(tx, QUOTES, { owners, page });
  return rows.map((row) => ({ ...row, input: readInput(row.input), offer: readOffer(row.offer) }));
}

/** Locks a quote: anyone who commits it or settles its payment holds this first. */
export async function lockQuote(tx: EntityManager, id: string): Promise<QuoteRow | null> {
  return await tx.findOne(QuoteTable, { where: { id }, lock: { mode: 'for_no_key_update' } });
}

/**
 * As `lockQuote`, by the reference of what no one asked for. Two that ask at once wait for each other, also while there
 * is no quote yet.
 */
export async function lockQuoteOfReference(tx: EntityManager, reference: string): Promise<QuoteRow | null> {
  await lockName(tx, `quote ${reference}`);
  return await tx.findOne(QuoteTable, { where: { reference }, lock: { mode: 'for_no_key_update' } });
}

/** Whose idempotency key commits a quote; null when no one asked for it. */
export type CommitKey = { accountId: string; key: string; hash: Buffer };

export async function markPaying(
  tx: EntityManager,
  id: string,
  by: CommitKey | null,
  { paymentId, holdId, apiKeyId }: { paymentId: string; holdId: string | null; apiKeyId: string | null },
): Promise<void> {
  const committer = { commitAccount: by?.accountId ?? null, commitKey: by?.key ?? null, commitHash: by?.hash ?? null };
  await tx.update(QuoteTable, { id }, { state: 'PAYING', ...committer, paymentId, holdId, apiKeyId });
}

/** The payment came to nothing: the quote can be committed again while it lasts. It keeps the payment that it had. */
export async function markOpen(tx: EntityManager, id: string): Promise<void> {
  const nobody = { commitAccount: null, commitKey: null, commitHash: null };
  await tx.update(QuoteTable, { id }, { state: 'OPEN', ...nobody, holdId: null, apiKeyId: null });
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
  await tx.update(QuoteTable, { id }, { state: 'COMMITTED', invoiceId, made, committedAt: now, apiKeyId });
}
