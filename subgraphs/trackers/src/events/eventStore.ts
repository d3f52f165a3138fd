import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { EntityManager } from 'typeorm';
import { type ConsumptionRow, EVENT_COLUMNS, type EventRow } from './eventTables.ts';
import type { Period, Window } from './period.ts';

/** Row-level security decides which of them exist for this viewer. */
export async function loadEvents(tx: EntityManager, ids: readonly string[]): Promise<EventRow[]> {
  return await tx.query(`select ${EVENT_COLUMNS} from event e where e.id = any($1::uuid[])`, [ids]);
}

/** The latest event of each tracker that the viewer may see. */
export async function loadLastEvents(tx: EntityManager, trackerIds: readonly string[]): Promise<EventRow[]> {
  return await tx.query(
    `select found.*
     from unnest($1::uuid[]) as tracker (id)
     cross join lateral (
       select ${EVENT_COLUMNS} from event e
       where e.tracker_id = tracker.id order by e.occurred_at desc, e.id desc limit 1
     ) as found`,
    [trackerIds],
  );
}

const OF_TRACKER: KeysetList = {
  select: EVENT_COLUMNS,
  from: 'event e',
  where: `e.tracker_id = owner.id and ($1::timestamptz is null or e.occurred_at >= $1)
    and ($2::timestamptz is null or e.occurred_at < $2)`,
  keys: [
    { by: 'e.occurred_at', kind: 'instant' },
    { by: 'e.id', kind: 'id' },
  ],
  descending: true,
};

/** One page per tracker, latest first. */
export async function loadTrackerEvents(
  tx: EntityManager,
  trackerIds: readonly string[],
  page: Page,
  { from, to }: Period,
): Promise<EventRow[]> {
  return await loadKeysetPages(tx, OF_TRACKER, { owners: trackerIds, page, values: [from, to] });
}

/** The part of a page's condition that period and cursor make; parameters $2 to $5. */
const WITHIN = `($2::timestamptz is null or e.occurred_at >= $2) and ($3::timestamptz is null or e.occurred_at < $3)
  and ($4::timestamptz is null or (e.occurred_at, e.id) < ($4, $5::uuid))
  order by e.occurred_at desc, e.id desc limit $6`;

export type AccountEventRow = EventRow & { side: string };

/**
 * One page per account of the events on its own trackers and of those it pays for elsewhere, latest first. No
 * `KeysetList`: two indexes, each read as far as a page, and merged.
 */
export async function loadAccountEvents(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
  { from, to }: Period,
): Promise<AccountEventRow[]> {
  const [occurredAt, id] = page.after ?? [null, null];
  return await tx.query(
    `select account.id as side, found.*
     from unnest($1::uuid[]) as account (id)
     cross join lateral (
       select * from (
         (select ${EVENT_COLUMNS} from event e where e.account_id = account.id and ${WITHIN})
         union all
         (select ${EVENT_COLUMNS} from event e where e.payer_id = account.id and e.account_id <> account.id and ${WITHIN})
       ) as both_sides
       order by "occurredAt" desc, id desc limit $6
     ) as found`,
    [accountIds, from, to, occurredAt, id, page.first + 1],
  );
}

/** Totals per tracker and payer. Sums of a year stay far below 2^53. */
export async function loadTrackerConsumption(
  tx: EntityManager,
  trackerIds: readonly string[],
  { from, to }: Window,
): Promise<ConsumptionRow[]> {
  return await tx.query(
    `select e.tracker_id as key, e.payer_id as "payerId", count(*)::float8 as events, sum(e.credits)::float8 as credits
     from event e
     where e.tracker_id = any($1::uuid[]) and e.occurred_at >= $2 and e.occurred_at < $3
     group by 1, 2 order by 1, 2`,
    [trackerIds, from, to],
  );
}

/** Totals per account and payer, of the account's own trackers and of those it pays for elsewhere. */
export async function loadAccountConsumption(
  tx: EntityManager,
  accountIds: readonly string[],
  { from, to }: Window,
): Promise<ConsumptionRow[]> {
  return await tx.query(
    `select key, payer_id as "payerId", count(*)::float8 as events, sum(credits)::float8 as credits
     from (
       select e.account_id as key, e.payer_id, e.credits from event e
       where e.account_id = any($1::uuid[]) and e.occurred_at >= $2 and e.occurred_at < $3
       union all
       select e.payer_id, e.payer_id, e.credits from event e
       where e.payer_id = any($1::uuid[]) and e.account_id <> e.payer_id and e.occurred_at >= $2 and e.occurred_at < $3
     ) as both_sides
     group by 1, 2 order by 1, 2`,
    [accountIds, from, to],
  );
}
