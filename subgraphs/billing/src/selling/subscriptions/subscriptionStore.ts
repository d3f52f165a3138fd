import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
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
export async function loadSubscriptions(tx: EntityManager, ids: readonly string[]): Promise<ShownSubscription[]> {
  const rows: (SubscriptionColumns & { paid: boolean })[] = await tx.query(
    `select ${COLUMNS}, ${PAID} as paid from subscription s where s.id = any($1)`,
    [ids],
  );
  return rows.map(readRow);
}

export async function loadSubscriptionsOf(
  tx: EntityManager,
  accountIds: readonly string[],
): Promise<ShownSubscription[]> {
  const rows: (SubscriptionColumns & { paid: boolean })[] = await tx.query(
    `select ${COLUMNS}, ${PAID} as paid from subscription s where s.account_id = any($1)`,
    [accountIds],
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
  const rows: SubscriptionColumns[] = await tx.query(`select ${COLUMNS} from subscription s where s.account_id = $1`, [
    accountId,
  ]);
  return rows[0] === undefined ? null : readRow(rows[0]);
}

/**
 * Locks what an account has subscribed to, also while it has nothing: two that subscribe at once wait for each other.
 * Whoever changes a subscription or books something for it holds this.
 */
export async function lockSubscriptionOf(tx: EntityManager, accountId: string): Promise<SubscriptionRow | null> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('subscription ' || $1, 0))`, [accountId]);
  const rows: SubscriptionColumns[] = await tx.query(
    `select ${COLUMNS} from subscription s where s.account_id = $1 for no key update`,
    [accountId],
  );
  return rows[0] === undefined ? null : readRow(rows[0]);
}

/** Writes it as it stands now; the caller holds its lock. */
export async function saveSubscription(tx: EntityManager, row: SubscriptionRow): Promise<void> {
  const columns = {
    profile_id: row.profileId,
    payer_id: row.payerId,
    cycle_profile_id: row.cycleProfileId,
    terms: writeTerms(row.terms),
    currency: row.currency,
    per_cycle: row.perCycle.toString(),
    anchor: row.anchor,
    period_index: row.period.index,
    period_from: row.period.from,
    period_to: row.period.to,
    time_zone: row.timeZone,
    due_at: row.dueAt,
    status: row.status,
    cancelled_at: row.cancelledAt,
    disabled_at: row.disabledAt,
    expired_at: row.expiredAt,
    trial_renewed_at: row.trialRenewedAt,
  };
  const names = Object.keys(columns);
  await tx.query(
    `insert into subscription (id, account_id, purchased_at, ${names.join(', ')})
     values ($1, $2, $3, ${names.map((_name, at) => `$${at + 4}`).join(', ')})
     on conflict (id) do update set ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    [row.id, row.accountId, row.purchasedAt, ...Object.values(columns)],
  );
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

/** SQL: true while a change of the subscription of that account is being paid for, by a quote of whatever kind. */
const changePaying = (account: string): string =>
  `exists (
     select from quote q
     where q.account_id = ${account} and q.state = 'PAYING' and starts_with(q.kind, 'SUBSCRIPTION_'))`;

/** True while a change of the account's subscription is being paid for: until then, nothing else may change it. */
export async function isChangePaying(tx: EntityManager, accountId: string): Promise<boolean> {
  const [{ paying }] = await tx.query(`select ${changePaying('$1')} as paying`, [accountId]);
  return paying;
}

/** The plan that an account has now, as sold, for example `STARTER`; null when it has none. */
export async function planOf(tx: EntityManager, accountId: string): Promise<string | null> {
  const [row] = await tx.query(
    `select s.terms ->> 'plan' as plan from subscription s where s.account_id = $1 and s.status <> 'EXPIRED'`,
    [accountId],
  );
  return row?.plan ?? null;
}

/** Who pays for an account: the account of its subscription's profile, else itself. */
export async function payerOf(tx: EntityManager, accountId: string): Promise<string> {
  const [row] = await tx.query(`select s.payer_id as "payerId" from subscription s where s.account_id = $1`, [
    accountId,
  ]);
  return row?.payerId ?? accountId;
}

/** The time zone in which an account's days begin. */
export async function zoneOf(tx: EntityManager, accountId: string): Promise<string> {
  const [row] = await tx.query('select time_zone as "timeZone" from access.account_zone where account = $1', [
    accountId,
  ]);
  return row?.timeZone ?? 'UTC';
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
 * `after`, at most `most`.
 */
export async function findDue(
  tx: EntityManager,
  now: Date,
  { after, most }: { after: Due | null; most: number },
): Promise<Due[]> {
  return await tx.query(
    `select s.account_id as "accountId", s.due_at as "dueAt", s.id from subscription s
     where s.due_at <= $1 and ($2::timestamptz is null or (s.due_at, s.id) > ($2, $3::uuid))
       and not ${changePaying('s.account_id')}
     order by s.due_at, s.id limit $4`,
    [now, after?.dueAt ?? null, after?.id ?? null, most],
  );
}
