import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { Any, type EntityManager } from 'typeorm';
import { lockName } from '../base/lockName.ts';
import { notify } from '../base/notify.ts';
import { moneyKind } from '../books/ledger/kinds.ts';
import { post } from '../books/ledger/post.ts';
import { formatMinor } from '../books/money/money.ts';
import {
  type CommissionBatchRow,
  CommissionBatchTable,
  type CommissionPayoutRow,
  CommissionPayoutTable,
  CommissionStatementTable,
  type PayoutAddressRow,
  PayoutAddressTable,
  PayoutStatementTable,
} from './commissionTables.ts';

/**
 * Records what is to be paid out: of every partner with an address the statements up to a month that no payout pays
 * yet, when together they come to the minimum. What is less or negative is carried forward. Null when there is nothing
 * to pay. One at a time per currency.
 */
export async function addBatch(
  tx: EntityManager,
  batch: { currency: string; month: string; createdBy: string; now: Date; most: number },
): Promise<string | null> {
  const { currency, month, createdBy, now, most } = batch;
  await lockName(tx, `commission payouts ${currency}`);
  const due: { partnerId: string; address: string; amount: string; statements: string[] }[] = await tx.query(
    `select ${columnsOf(CommissionStatementTable, 's', ['partnerId'])}, a.email as address, sum(s.earned - s.reversed)::text as amount, array_agg(s.id) as statements
     from commission_statement s join payout_address a on a.partner_id = s.partner_id
     where s.currency = $1 and s.month <= $2 and a.email is not null
       and not exists (
         select from commission_payout_statement ps join commission_payout p on p.id = ps.payout_id
         where ps.statement_id = s.id and p.state <> 'FAILED')
     group by s.partner_id, a.email
     having sum(s.earned - s.reversed) >= coalesce((select minor from commission_minimum where currency = $1), 1)
     order by s.partner_id limit $3`,
    [currency, month, most],
  );
  if (due.length === 0) return null;
  const id = newId();
  await tx.insert(CommissionBatchTable, {
    id,
    currency,
    month,
    state: 'EXPORTED',
    createdBy,
    createdAt: now,
    settledAt: null,
  });
  const payouts = due.map((one) => ({ ...one, id: newId() }));
  await tx.query(
    `with payout as (
       select * from json_to_recordset($1) as p (id uuid, "partnerId" uuid, address text, amount bigint, statements uuid[])
     ), added as (
       insert into commission_payout (id, batch_id, partner_id, currency, amount, address, state, created_at)
       select id, $2, "partnerId", $3, amount, address, 'PENDING', $4 from payout
     )
     insert into commission_payout_statement select payout.id, statement from payout cross join unnest(payout.statements) as statement`,
    [JSON.stringify(payouts), id, currency, now],
  );
  return id;
}

/**
 * Locks a batch for a decision about it; null when there is none. For the system role, here and below where it writes.
 */
export async function lockBatch(tx: EntityManager, id: string): Promise<CommissionBatchRow | null> {
  return await tx.findOne(CommissionBatchTable, { where: { id }, lock: { mode: 'for_no_key_update' } });
}

/** The payouts of batches, in the order of their ids. */
export async function loadBatchPayouts(tx: EntityManager, batchIds: readonly string[]): Promise<CommissionPayoutRow[]> {
  return await tx.find(CommissionPayoutTable, { where: { batchId: Any([...batchIds]) }, order: { id: 'ASC' } });
}

export type SettleRefusal = Refusal<'BATCH_NOT_FOUND' | 'BATCH_SETTLED' | 'PAYOUT_NOT_IN_BATCH'>;

/**
 * Settles a batch, once: what was paid is booked from what we owe partners, and they are told; what failed is owed as
 * before and stands in a later batch. With `failed` 'ALL' nothing was paid: the batch is cancelled.
 */
export async function settleBatch(
  tx: EntityManager,
  { batchId, failed, now }: { batchId: string; failed: ReadonlySet<string> | 'ALL'; now: Date },
): Promise<{ batchId: string } | SettleRefusal> {
  const batch = await lockBatch(tx, batchId);
  if (batch === null) return new Refusal('BATCH_NOT_FOUND', 'There is no such batch.', ['input', 'batchId']);
  if (batch.state !== 'EXPORTED') {
    return new Refusal('BATCH_SETTLED', 'This batch was confirmed or cancelled before.', ['input', 'batchId'], 'A75');
  }
  const payouts = await loadBatchPayouts(tx, [batchId]);
  const known = new Set(payouts.map(({ id }) => id));
  if (failed !== 'ALL' && [...failed].some((id) => !known.has(id))) {
    return new Refusal('PAYOUT_NOT_IN_BATCH', 'Name payouts of this batch only.', ['input', 'failedPayoutIds']);
  }
  const settled: { id: string; state: 'PAID' | 'FAILED'; transactionId: string | null }[] = [];
  for (const payout of payouts) {
    const lost = failed === 'ALL' || failed.has(payout.id);
    const transactionId = lost ? null : await bookPayout(tx, payout, now);
    settled.push({ id: payout.id, state: lost ? 'FAILED' : 'PAID', transactionId });
  }
  await tx.query(
    `update commission_payout p set state = s.state, transaction_id = s."transactionId", settled_at = $2
     from json_to_recordset($1) as s (id uuid, state text, "transactionId" uuid) where p.id = s.id`,
    [JSON.stringify(settled), now],
  );
  const state = failed === 'ALL' ? 'CANCELLED' : 'CONFIRMED';
  await tx.update(CommissionBatchTable, { id: batchId }, { state, settledAt: now });
  return { batchId };
}

async function bookPayout(tx: EntityManager, payout: CommissionPayoutRow, now: Date): Promise<string> {
  const { id, batchId, partnerId, currency, amount } = payout;
  const kind = moneyKind(currency);
  const posting = {
    type: 'PAYOUT' as const,
    reference: `commission-payout:${id}`,
    cause: { partnerId, batchId, payoutId: id },
    legs: [
      { kind, amount: -amount, book: `commission-owed:${kind}` as const },
      { kind, amount, book: `payout:${kind}` as const },
    ],
  };
  const transactionId = await post(tx, posting, now);
  if (transactionId === null) throw new Error(`The payout ${id} was booked before its batch was settled.`);
  const paid = `${formatMinor({ minor: amount, currency })} ${currency}`;
  await notify(tx, { id, accountId: partnerId, kind: 'COMMISSION_PAID', params: { amount: paid } });
  return transactionId;
}

/** Row-level security: the provider's staff only. */
export async function loadBatches(tx: EntityManager, ids: readonly string[]): Promise<CommissionBatchRow[]> {
  return await tx.findBy(CommissionBatchTable, { id: Any([...ids]) });
}

const BATCHES: KeysetList = {
  select: columnsOf(CommissionBatchTable, 'b'),
  from: 'commission_batch b',
  where: 'true',
  keys: [
    { by: 'b.created_at', kind: 'instant' },
    { by: 'b.id', kind: 'id' },
  ],
  descending: true,
};

/** One page of all batches, newest first. */
export const loadBatchPage = (tx: EntityManager, page: Page): Promise<CommissionBatchRow[]> =>
  loadKeysetPages(tx, BATCHES, { page });

const PAYOUTS: KeysetList = {
  select: columnsOf(CommissionPayoutTable, 'p'),
  from: 'commission_payout p',
  where: 'p.batch_id = owner.id',
  keys: [{ by: 'p.id', kind: 'id' }],
};

/** One page per batch of its payouts, in the order of their ids. */
export const loadPayoutPages = (
  tx: EntityManager,
  owners: readonly string[],
  page: Page,
): Promise<CommissionPayoutRow[]> => loadKeysetPages(tx, PAYOUTS, { owners, page });

/** The payout that pays each statement, or is about to; a statement that nothing pays yet is left out. */
export async function loadPayoutsOf(
  tx: EntityManager,
  statementIds: readonly string[],
): Promise<(CommissionPayoutRow & { statementId: string })[]> {
  return await tx.query(
    `select ${columnsOf(PayoutStatementTable, 'ps', ['statementId'])}, ${columnsOf(CommissionPayoutTable, 'p')}
     from commission_payout_statement ps join commission_payout p on p.id = ps.payout_id
     where ps.statement_id = any($1) and p.state <> 'FAILED'`,
    [statementIds],
  );
}

export async function loadPayoutAddresses(
  tx: EntityManager,
  partnerIds: readonly string[],
): Promise<PayoutAddressRow[]> {
  return await tx.findBy(PayoutAddressTable, { partnerId: Any([...partnerIds]) });
}

/** Sets where a partner is paid; null for nowhere. */
export async function savePayoutAddress(
  tx: EntityManager,
  { partnerId, email, setBy, now }: PayoutAddressRow & { setBy: string; now: Date },
): Promise<void> {
  await tx.upsert(PayoutAddressTable, { partnerId, email, setBy, setAt: now }, ['partnerId']);
}
