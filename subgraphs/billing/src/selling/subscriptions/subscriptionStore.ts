import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { type EntityManager, Not, type QueryDeepPartialEntity } from 'typeorm';
import { lockName } from '../../base/lockName.ts';
import { QuoteTable } from '../quotes/quoteTables.ts';
import {
  type ChangeColumns,
  type ChangeKind,
  type ChangeRow,
  readTerms,
  SubscriptionChangeTable,
  type SubscriptionColumns,
  type SubscriptionRow,
  SubscriptionTable,
  writeTerms,
} from './subscriptionTables.ts';

const COLUMNS = columnsOf(SubscriptionTable, 's');

/** `paid`: whether the viewer may see what it costs. Who pays may; a client whose partner pays does not (A41). */
export type ShownSubscription = SubscriptionRow & { paid: boolean };
export type ShownChange = ChangeRow & { paid: boolean };

const PAID = inScope('coalesce(s.payer_id, s.account_id)', 'BILLING', 'READ');

function readRow<Row extends SubscriptionColumns>({ periodIndex: index, periodFrom: from, periodTo: to, ...row }: Row) {
  return { ...row, terms: readTerms(row.terms), period: { index, from, to } };
}

/** Row-level security decides which of them exist for this viewer, here and below. */
export const loadSubscriptions = (tx: EntityManager, ids: readonly string[]): Promise<ShownSubscription[]> =>
  loadShown(tx, 's.id', ids);

export const loadSubscriptionsOf = (tx: EntityManager, accountIds: readonly string[]): Promise<ShownSubscription[]> =>
  loadShown(tx, 's.account_id', accountIds);

async function loadShown(
  tx: EntityManager,
  by: 's.id' | 's.account_id',
  ids: readonly string[],
): Promise<ShownSubscription[]> {
  const rows: (SubscriptionColumns & { paid: boolean })[] = await tx.query(
    `select ${COLUMNS}, ${PAID} as paid from subscription s where ${by} = any($1)`,
    [ids],
  );
  return rows.map(readRow);
}

const CHANGES: KeysetList = {
  select: `${columnsOf(SubscriptionChangeTable, 'c')}, ${inScope('c.owner_id', 'BILLING', 'READ')} as paid`,
  from: 'subscription_change c',
  where: 'c.subscription_id = owner.id',
  keys: [
    { by: 'c.changed_at', kind: 'instant' },
    { by: 'c.id', kind: 'id' },
  ],
  descending: true,
};

/** One page per subscription of what became of it, newest first. */
export async function loadChangePages(
  tx: EntityManager,
  owners: readonly string[],
  page: Page,
): Promise<ShownChange[]> {
  const rows = await loadKeysetPages<ChangeColumns & { paid: boolean }>(tx, CHANGES, { owners, page });
  return rows.map((row) => ({ ...row, terms: readTerms(row.terms) }));
}

/** The subscription of an account, for the second role. */
export async function findSubscriptionOf(tx: EntityManager, accountId: string): Promise<SubscriptionRow | null> {
  const row = await tx.findOneBy(SubscriptionTable, { accountId });
  return row === null ? null : readRow(row);
}

/**
 * Locks what an account has subscribed to, also while it has nothing: two that subscribe at once wait for each other.
 * Anyone who changes a subscription or books something for it holds this.
 */
export async function lockSubscriptionOf(tx: EntityManager, accountId: string): Promise<SubscriptionRow | null> {
  await lockName(tx, `subscription ${accountId}`);
  const row = await tx.findOne(SubscriptionTable, { where: { accountId }, lock: { mode: 'for_no_key_update' } });
  return row === null ? null : readRow(row);
}

const columnsFrom = ({ period: { index, from, to }, terms, ...row }: SubscriptionRow) =>
  ({
    ...row,
    terms: writeTerms(terms),
    periodIndex: index,
    periodFrom: from,
    periodTo: to,
  }) satisfies SubscriptionColumns as QueryDeepPartialEntity<SubscriptionColumns>;

/** Writes the first subscription of an account; the caller holds its lock. */
export async function addSubscription(tx: EntityManager, row: SubscriptionRow): Promise<void> {
  await tx.insert(SubscriptionTable, columnsFrom(row));
}

/** Writes it as it stands now; the caller holds its lock. */
export async function saveSubscription(tx: EntityManager, row: SubscriptionRow): Promise<void> {
  const { id, accountId: _stays, purchasedAt: _too, ...changed } = columnsFrom(row);
  await tx.update(SubscriptionTable, { id }, changed);
}

/** Writes down what became of it. */
export async function addChange(
  tx: EntityManager,
  row: SubscriptionRow,
  change: {
    kind: ChangeKind;
    now: Date;
    changedBy?: string | null;
    quoteId?: string | null;
    invoiceId?: string | null;
  },
): Promise<string> {
  const id = newId();
  const { kind, now, changedBy = null, quoteId = null, invoiceId = null } = change;
  await tx.insert(SubscriptionChangeTable, {
    id,
    subscriptionId: row.id,
    accountId: row.accountId,
    ownerId: row.payerId ?? row.accountId,
    kind,
    changedAt: now,
    changedBy,
    quoteId,
    invoiceId,
    periodFrom: row.period.from,
    periodTo: row.period.to,
    terms: writeTerms(row.terms),
    currency: row.currency,
    perCycle: row.perCycle,
  });
  return id;
}

/**
 * SQL: true of a quote `q` that is being paid and changes a subscription, of whatever kind. By the kind's name, as the
 * index `quote_being_paid` says it: PostgreSQL uses an index with a condition only where the statement repeats that,
 * and a list of kinds that is handed over is another one. It would take a new index, and one more with each new kind.
 */
const CHANGE_PAYING = `q.state = 'PAYING' and starts_with(q.kind, 'SUBSCRIPTION_')`;

/** True while a change of the account's subscription is being paid for: until then, nothing else may change it. */
export async function isChangePaying(tx: EntityManager, accountId: string): Promise<boolean> {
  return await tx
    .createQueryBuilder(QuoteTable, 'q')
    .where(`q.account_id = :accountId and ${CHANGE_PAYING}`, { accountId })
    .getExists();
}

/** The plan that an account has now, as sold, for example `STARTER`; null when it has none. */
export async function planOf(tx: EntityManager, accountId: string): Promise<string | null> {
  const row = await tx.findOneBy(SubscriptionTable, { accountId, status: Not('EXPIRED') });
  return row?.terms.plan ?? null;
}

/** Who pays for an account: the account of its subscription's profile, else itself. */
export async function payerOf(tx: EntityManager, accountId: string): Promise<string> {
  return (await tx.findOneBy(SubscriptionTable, { accountId }))?.payerId ?? accountId;
}

/**
 * What staff took back of the invoices of the running cycle, without tax (`invoiceCredit`); what changes gave back is
 * not in it.
 */
export async function creditedByStaff(tx: EntityManager, subscriptionId: string): Promise<bigint> {
  const [{ credited }] = await tx.query(
    `select coalesce(sum(n.net), 0)::bigint as credited
     from invoice n
     join subscription s on s.id = n.subscription_id
     where n.subscription_id = $1 and n.kind = 'CREDIT_NOTE' and n.quote_id is null
       and exists (select from invoice_line l where l.invoice_id = n.corrects_id and l.to_day = s.period_to and l.amount > 0)`,
    [subscriptionId],
  );
  return credited;
}

/** True when an invoice for the subscription is not paid in full. */
export async function owesInvoice(tx: EntityManager, subscriptionId: string): Promise<boolean> {
  const [{ owes }] = await tx.query(
    `select exists (
       select from invoice i join invoice_state st on st.invoice_id = i.id
       where i.subscription_id = $1 and i.kind = 'INVOICE' and st.paid < st.gross) as owes`,
    [subscriptionId],
  );
  return owes;
}

/** A subscription whose period is over, with its place in the order in which they are looked at. */
export type Due = { accountId: string; dueAt: Date; id: string };

/**
 * Subscriptions whose period is over, the longest over first, except those whose change is being paid for; those after
 * `after`, at most `most`. No `KeysetList`: its cursor is a row of the round before, not a reader's.
 */
export async function findDue(
  tx: EntityManager,
  now: Date,
  { after, most }: { after: Due | null; most: number },
): Promise<Due[]> {
  return await tx.query(
    `select ${columnsOf(SubscriptionTable, 's', ['id', 'accountId', 'dueAt'])} from subscription s
     where s.due_at <= $1 and ($2::timestamptz is null or (s.due_at, s.id) > ($2, $3::uuid))
       and not exists (select from quote q where q.account_id = s.account_id and ${CHANGE_PAYING})
     order by s.due_at, s.id limit $4`,
    [now, after?.dueAt ?? null, after?.id ?? null, most],
  );
}
