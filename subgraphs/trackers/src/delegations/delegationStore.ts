import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import { lockRow } from '@comptoir/shared/database/lockRow.ts';
import { reaches } from '@comptoir/shared/database/rowScope.ts';
import { enqueue } from '@comptoir/shared/jobs/jobs.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Area } from '@comptoir/shared/viewer/areas.ts';
import { Any, type EntityManager } from 'typeorm';
import { TRACKER_COLUMNS, type TrackerRow, TrackerTable } from '../trackers/trackerTables.ts';
import {
  DELEGATION_COLUMNS,
  type DelegationRow,
  type DelegationStatus,
  DelegationTable,
  DelegationTrackerTable,
} from './delegationTables.ts';

/** Row-level security decides which of them exist for this viewer. */
export async function loadDelegations(tx: EntityManager, ids: readonly string[]): Promise<DelegationRow[]> {
  return await tx.findBy(DelegationTable, { id: Any([...ids]) });
}

export type SidedDelegationRow = DelegationRow & { side: string };

const OF_EITHER_SIDE: KeysetList = {
  select: `owner.id as side, ${DELEGATION_COLUMNS}`,
  from: 'delegation d',
  where: '(d.client_id = owner.id or d.partner_id = owner.id) and ($1::text is null or d.status = $1)',
  keys: [
    { by: 'd.offered_at', kind: 'instant' },
    { by: 'd.id', kind: 'id' },
  ],
  descending: true,
};

/** One page per account of the delegations it has on either side, newest first. */
export async function loadDelegationPages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
  { status }: { status: DelegationStatus | null },
): Promise<SidedDelegationRow[]> {
  return await loadKeysetPages(tx, OF_EITHER_SIDE, { owners: accountIds, page, values: [status] });
}

export type OpenDelegationRow = DelegationRow & { trackerId: string };

/** The offer or take-over that each tracker is in now; the database allows one. */
export async function loadOpenDelegations(
  tx: EntityManager,
  trackerIds: readonly string[],
): Promise<OpenDelegationRow[]> {
  return await tx.query(
    `select ${columnsOf(DelegationTrackerTable, 'dt', ['trackerId'])}, ${DELEGATION_COLUMNS}
     from delegation_tracker dt join delegation d on d.id = dt.delegation_id
     where dt.tracker_id = any($1::uuid[]) and dt.open`,
    [trackerIds],
  );
}

export type ListedTrackerRow = TrackerRow & { delegationId: string };

const LISTED: KeysetList = {
  select: `owner.id as "delegationId", ${TRACKER_COLUMNS}`,
  from: 'delegation_tracker dt join tracker t on t.id = dt.tracker_id',
  where: 'dt.delegation_id = owner.id',
  keys: [{ by: 'dt.tracker_id', kind: 'id' }],
};

/** One page per delegation of its trackers, as far as the viewer sees them. Their ids are in the order of creation. */
export async function loadListedTrackers(
  tx: EntityManager,
  delegationIds: readonly string[],
  page: Page,
): Promise<ListedTrackerRow[]> {
  return await loadKeysetPages(tx, LISTED, { owners: delegationIds, page });
}

export type TrackerCountRow = { delegationId: string; trackers: number };

export async function loadTrackerCounts(
  tx: EntityManager,
  delegationIds: readonly string[],
): Promise<TrackerCountRow[]> {
  return await tx.query(
    `select ${columnsOf(DelegationTrackerTable, 'dt', ['delegationId'])}, count(*)::integer as trackers
     from delegation_tracker dt where dt.delegation_id = any($1::uuid[]) group by dt.delegation_id`,
    [delegationIds],
  );
}

export const pairKey = ({ partnerId, clientId }: { partnerId: string; clientId: string }): string =>
  `${partnerId} ${clientId}`;

/**
 * Those of the pairs of `pairKey` whose partnership is active at that instant, as far as the viewer is one of the two.
 */
export async function loadLinkedPairs(
  tx: EntityManager,
  pairs: readonly string[],
  now: Date,
): Promise<{ pair: string }[]> {
  const split = pairs.map((pair) => pair.split(' '));
  return await tx.query(
    `select asked.partner || ' ' || asked.client as pair
     from unnest($1::uuid[], $2::uuid[]) as asked (partner, client)
     where ${reaches('asked.partner', 'asked.client', 'LINK', 'READ', '$3::timestamptz')}`,
    [split.map(([partner]) => partner), split.map(([, client]) => client), now],
  );
}

/** True when the partner looks after the client at that instant. */
export async function isLinked(
  tx: EntityManager,
  sides: { partnerId: string; clientId: string },
  now: Date,
): Promise<boolean> {
  return (await loadLinkedPairs(tx, [pairKey(sides)], now)).length === 1;
}

/** Locks a delegation for a decision about it; null when it is not there for this viewer. */
export async function lockDelegation(tx: EntityManager, id: string): Promise<DelegationRow | null> {
  return await lockRow(tx, DelegationTable, { id });
}

/**
 * Waits for the events of this client that are being taken in, and holds off the next ones until the commit: an instant
 * read after this is later than theirs, so that the payer changes exactly at it (N06). The counterpart is in
 * `events/intakeStore.ts`.
 */
export async function lockPayers(tx: EntityManager, clientId: string): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1::uuid::text, 0))', [clientId]);
}

export async function addDelegation(tx: EntityManager, delegation: DelegationRow): Promise<void> {
  await tx.insert(DelegationTable, delegation);
}

/** Those of the client's trackers among `ids`, in no order. */
export async function findOwnTrackers(tx: EntityManager, clientId: string, ids: readonly string[]): Promise<string[]> {
  const where = { id: Any([...ids]), accountId: clientId };
  const rows = await tx.find(TrackerTable, { select: { id: true }, where });
  return rows.map(({ id }) => id);
}

/**
 * Lists trackers in a delegation; returns those that it took. One that is open elsewhere is left out: the unique index
 * decides.
 */
export async function listTrackers(
  tx: EntityManager,
  { id, clientId, partnerId }: DelegationRow,
  trackerIds: readonly string[],
): Promise<string[]> {
  const rows: { trackerId: string }[] = await tx.query(
    `insert into delegation_tracker (delegation_id, tracker_id, client_id, partner_id, open)
     select $1, t.id, $2, $3, true from unnest($4::uuid[]) as t (id) order by t.id
     on conflict do nothing returning ${columnsOf(DelegationTrackerTable, 'delegation_tracker', ['trackerId'])}`,
    [id, clientId, partnerId, trackerIds],
  );
  return rows.map(({ trackerId }) => trackerId);
}

/** Lists all of the client's trackers that are free, at most `most`, and gives their number. */
export async function listFreeTrackers(
  tx: EntityManager,
  { id, clientId, partnerId }: DelegationRow,
  most: number,
): Promise<number> {
  const rows: unknown[] = await tx.query(
    `insert into delegation_tracker (delegation_id, tracker_id, client_id, partner_id, open)
     select $1, t.id, $2, $3, true from tracker t
     where t.account_id = $2 and not exists (select from delegation_tracker dt where dt.tracker_id = t.id and dt.open)
     order by t.id limit $4
     on conflict do nothing returning tracker_id`,
    [id, clientId, partnerId, most],
  );
  return rows.length;
}

/** Writes a step of the state machine, with what it does to the trackers: a closed delegation frees them. */
export async function saveStep(tx: EntityManager, delegation: DelegationRow): Promise<void> {
  const { id, status, answeredBy, answeredAt, endedBy, endedByAccount, endedAt } = delegation;
  await tx.update(DelegationTable, { id }, { status, answeredBy, answeredAt, endedBy, endedByAccount, endedAt });
  if (status === 'ACTIVE') return;
  await tx.update(DelegationTrackerTable, { delegationId: id }, { open: false });
}

/**
 * The partner pays for the delegation's trackers from that instant on, or from where the last span of a tracker ends,
 * if a clock that is ahead of ours ended it.
 */
export async function openSpans(tx: EntityManager, { id }: DelegationRow, from: Date): Promise<void> {
  await tx.query(
    `insert into payer_span (tracker_id, payer_id, owner_id, delegation_id, valid)
     select tracker_id, partner_id, client_id, delegation_id, tstzrange(span_begin(tracker_id, $2), null)
     from delegation_tracker where delegation_id = $1 and open`,
    [id, from],
  );
}

/**
 * The client pays again from that instant on. A span is never empty: one that ends where it begins lasts a millisecond.
 */
export async function closeSpans(tx: EntityManager, { id }: DelegationRow, at: Date): Promise<void> {
  await tx.query(
    `update payer_span set valid = tstzrange(lower(valid), greatest($2::timestamptz, lower(valid) + interval '1 millisecond'))
     where delegation_id = $1 and upper_inf(valid)`,
    [id, at],
  );
}

export type DelegationNotice = 'DELEGATION_OFFERED' | 'DELEGATION_ACCEPTED' | 'DELEGATION_REFUSED' | 'DELEGATION_ENDED';

/**
 * Has the people of one side told, after the commit, once: at the partner those for billing, at the client those for
 * trackers.
 */
export async function tell(
  tx: EntityManager,
  side: 'CLIENT' | 'PARTNER',
  notice: DelegationNotice,
  delegation: DelegationRow,
): Promise<void> {
  const accountId = side === 'CLIENT' ? delegation.clientId : delegation.partnerId;
  const area: Area = side === 'CLIENT' ? 'TRACKERS' : 'BILLING';
  const payload = { accountId, area, notice, delegationId: delegation.id };
  await enqueue(tx, 'trackers', { queue: 'notice', id: newId(), payload });
}
