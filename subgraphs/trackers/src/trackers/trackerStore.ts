import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { Any, type EntityManager } from 'typeorm';
import {
  TRACKER_COLUMNS,
  type TrackerKind,
  type TrackerRow,
  type TrackerStatus,
  TrackerTable,
} from './trackerTables.ts';

/** Row-level security decides which of them exist for this viewer. */
export async function loadTrackers(tx: EntityManager, ids: readonly string[]): Promise<TrackerRow[]> {
  return await tx.findBy(TrackerTable, { id: Any([...ids]) });
}

/**
 * Those of the trackers that the viewer may write to, unlocked: what an event is decided by is their state at this
 * instant.
 */
export async function findWritable(tx: EntityManager, ids: readonly string[]): Promise<TrackerRow[]> {
  return await tx.query(
    `select ${TRACKER_COLUMNS} from tracker t where t.id = any($1::uuid[]) and ${inScope('t.account_id', 'TRACKERS', 'WRITE')}`,
    [ids],
  );
}

/**
 * Locks trackers that the viewer may write to: a row lock passes the policy for changes. In one order, so that two
 * calls cannot wait for each other.
 */
export async function lockTrackers(tx: EntityManager, ids: readonly string[]): Promise<TrackerRow[]> {
  return await tx.query(
    `select ${TRACKER_COLUMNS} from tracker t where t.id = any($1::uuid[]) order by t.id for update`,
    [ids],
  );
}

/** Adds trackers in one statement. */
export async function addTrackers(tx: EntityManager, trackers: readonly TrackerRow[]): Promise<void> {
  const column = <Key extends keyof TrackerRow>(key: Key): TrackerRow[Key][] => trackers.map((tracker) => tracker[key]);
  await tx.query(
    `insert into tracker (id, account_id, kind, name, status, created_by, created_at, branch_id)
     select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[], $8::uuid[])`,
    [
      column('id'),
      column('accountId'),
      column('kind'),
      column('name'),
      column('status'),
      column('createdBy'),
      column('createdAt'),
      column('branchId'),
    ],
  );
}

/** Switches trackers; `activatedAt` is set by an activation and kept by a deactivation. */
export async function switchTrackers(
  tx: EntityManager,
  ids: readonly string[],
  status: TrackerStatus,
  now: Date,
): Promise<void> {
  await tx.query(
    `update tracker set status = $2, activated_at = case when $2 = 'ACTIVE' then $3::timestamptz else activated_at end
     where id = any($1::uuid[]) and status <> $2`,
    [ids, status, now],
  );
}

/** Puts trackers into a branch, or into none. */
export async function saveBranch(tx: EntityManager, ids: readonly string[], branchId: string | null): Promise<void> {
  await tx.update(TrackerTable, { id: Any([...ids]) }, { branchId });
}

export async function renameTracker(tx: EntityManager, id: string, name: string): Promise<void> {
  await tx.update(TrackerTable, { id }, { name });
}

const OF_ACCOUNT: KeysetList = {
  select: TRACKER_COLUMNS,
  from: 'tracker t',
  where: `t.account_id = owner.id and ($1::text is null or t.status = $1) and ($2::text is null or t.kind = $2)
    and ($3::uuid is null or t.branch_id = $3)`,
  keys: [
    { by: 't.created_at', kind: 'instant' },
    { by: 't.id', kind: 'id' },
  ],
};

/** One page per account of its own trackers, by creation. */
export async function loadTrackerPages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
  { status, kind, branchId }: { status: TrackerStatus | null; kind: TrackerKind | null; branchId: string | null },
): Promise<TrackerRow[]> {
  return await loadKeysetPages(tx, OF_ACCOUNT, { owners: accountIds, page, values: [status, kind, branchId] });
}

export type FleetRow = TrackerRow & { payerId: string };

const FLEET: KeysetList = {
  select: `owner.id as "payerId", ${TRACKER_COLUMNS}`,
  from: `delegation_tracker dt
    join delegation d on d.id = dt.delegation_id and d.status = 'ACTIVE'
    join tracker t on t.id = dt.tracker_id`,
  where: 'dt.partner_id = owner.id and dt.open',
  keys: [{ by: 'dt.tracker_id', kind: 'id' }],
};

/** One page per partner of the trackers that it has taken over. Their ids are in the order of creation. */
export async function loadFleetPages(
  tx: EntityManager,
  partnerIds: readonly string[],
  page: Page,
): Promise<FleetRow[]> {
  return await loadKeysetPages(tx, FLEET, { owners: partnerIds, page });
}

export type PayerRow = { trackerId: string; payerId: string };

/**
 * Who pays for each tracker at that instant, by the rule that charges follow (`payers_at`). In the order that was asked
 * for, which spares a look-up per row.
 */
export async function loadPayers(tx: EntityManager, trackerIds: readonly string[], now: Date): Promise<PayerRow[]> {
  return await tx.query(
    `select tracker_id as "trackerId", payer_id as "payerId"
     from payers_at($1::uuid[], array_fill($2::timestamptz, array[cardinality($1::uuid[])]))
     order by ord`,
    [trackerIds, now],
  );
}

/** Those of the accounts whose trackers the viewer may change. */
export async function loadWritableAccounts(
  tx: EntityManager,
  accountIds: readonly string[],
): Promise<{ id: string }[]> {
  return await tx.query(`select a.id from unnest($1::uuid[]) as a (id) where ${inScope('a.id', 'TRACKERS', 'WRITE')}`, [
    accountIds,
  ]);
}
