import type { EntityManager } from 'typeorm';
import type { Dunning } from './dunningRule.ts';

const COLUMNS = `
  d.invoice_id as "invoiceId", d.profile_id as "profileId", d.payer_id as "payerId", d.account_id as "accountId", d.number, d.failures,
  d.next_attempt_at as "nextAttemptAt", d.state`;

/** Row-level security decides which of them exist for this viewer. */
export async function loadDunnings(tx: EntityManager, invoiceIds: readonly string[]): Promise<Dunning[]> {
  return await tx.query(`select ${COLUMNS} from invoice_dunning d where d.invoice_id = any($1)`, [invoiceIds]);
}

/** Notes that an invoice is being collected; false when it is already. */
export async function addDunning(tx: EntityManager, dunning: Dunning): Promise<boolean> {
  const { invoiceId, profileId, payerId, accountId, number, failures, nextAttemptAt, state } = dunning;
  const added: unknown[] = await tx.query(
    `insert into invoice_dunning (invoice_id, profile_id, payer_id, account_id, number, failures, next_attempt_at, state)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning invoice_id`,
    [invoiceId, profileId, payerId, accountId, number, failures, nextAttemptAt, state],
  );
  return added.length === 1;
}

export async function lockDunning(tx: EntityManager, invoiceId: string): Promise<Dunning | null> {
  const rows: Dunning[] = await tx.query(
    `select ${COLUMNS} from invoice_dunning d where d.invoice_id = $1 for no key update`,
    [invoiceId],
  );
  return rows[0] ?? null;
}

/** Attempts that are due, those that have been the longest first, not locked yet. */
export async function findDueDunnings(tx: EntityManager, now: Date, most: number): Promise<Dunning[]> {
  return await tx.query(
    `select ${COLUMNS} from invoice_dunning d where d.next_attempt_at <= $1 order by d.next_attempt_at, d.invoice_id limit $2`,
    [now, most],
  );
}

/** Locks what a profile has not paid. */
export async function lockDunningsOf(tx: EntityManager, profileId: string): Promise<Dunning[]> {
  return await tx.query(
    `select ${COLUMNS} from invoice_dunning d where d.profile_id = $1 and d.state <> 'PAID' order by d.invoice_id for no key update`,
    [profileId],
  );
}

export async function saveDunning(tx: EntityManager, dunning: Dunning): Promise<void> {
  await tx.query('update invoice_dunning set failures = $2, next_attempt_at = $3, state = $4 where invoice_id = $1', [
    dunning.invoiceId,
    dunning.failures,
    dunning.nextAttemptAt,
    dunning.state,
  ]);
}
