import type { Statement } from '@comptoir/shared/database/pipeline.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';
import type { EntityManager } from 'typeorm';
import type { TrackerRow } from '../trackers/trackerTables.ts';
import type { KnownEvent, SentEvent } from './event.ts';

/** An event that waits for its charge, as its asker holds it. `id` becomes the event's. */
export type IntakeRow = {
  id: string;
  accountId: string;
  senderKey: string;
  trackerId: string;
  payerId: string;
  occurredAt: Date;
  credits: number;
  attempt: number;
  /** The key with a budget that asks for it. */
  key: IntakeKey | null;
};

export type IntakeKey = { id: string; accountId: string; budget: number };

const INTAKE_COLUMNS = `i.id, i.account_id as "accountId", i.sender_key as "senderKey", i.tracker_id as "trackerId",
  i.payer_id as "payerId", i.occurred_at as "occurredAt", i.credits::float8 as credits, i.attempt,
  case when i.key_id is not null then json_build_object('id', i.key_id, 'accountId', i.key_account_id, 'budget', i.key_budget) end as key`;

/** What makes an event id unique: the sender's own, within the tracker's account. */
export const keyOf = ({ accountId, senderKey }: { accountId: string; senderKey: string }): string =>
  `${accountId} ${senderKey}`;

export type KnownRow = KnownEvent & { id: string; accountId: string; senderKey: string };
/** What is decided by of a tracker that the viewer may write to, unlocked: its state at this instant. */
export type WritableTracker = Pick<TrackerRow, 'id' | 'accountId' | 'status' | 'kind'>;

/**
 * Per event that was sent for a tracker that the viewer may write to: the tracker, and what is known of the event's id
 * - stored, in whatever branch of the account, or waiting for a charge; one snapshot, never both. Keeps the payers of
 * their accounts' trackers as they are until the end of the transaction (the counterpart is `lockPayers`); many may
 * hold them at once.
 */
const LOOK = `
  with writable as materialized (
    select t.id, t.account_id, t.status, t.kind from tracker t where t.id = any($1::uuid[]) and ${inScope('t.account_id', 'TRACKERS', 'WRITE')}
  ), held as materialized (
    select pg_advisory_xact_lock_shared(hashtextextended(a.id::text, 0)) from (select distinct account_id as id from writable order by 1) as a
  ), sent as materialized (
    select w.*, a.sender_key from unnest($1::uuid[], $2::text[]) as a (tracker_id, sender_key) join writable w on w.id = a.tracker_id
  ), keys as materialized (
    select distinct account_id, sender_key from sent
  ), known as (
    select 'PENDING' as state, i.id, i.account_id, i.sender_key, i.tracker_id, i.occurred_at from keys join intake i using (account_id, sender_key)
    union all
    select 'RECORDED', e.id, e.account_id, e.sender_key, e.tracker_id, e.occurred_at
    from (select array_agg(account_id) as accounts, array_agg(sender_key) as keys from keys) as k, known_events(k.accounts, k.keys) as e
  )
  select sent.id as "trackerId", sent.account_id as "accountId", sent.status, sent.kind, sent.sender_key as "senderKey",
         known.state, known.id as "knownId", known.tracker_id as "knownTrackerId", known.occurred_at as "knownOccurredAt"
  from sent left join known on known.account_id = sent.account_id and known.sender_key = sent.sender_key, (select count(*) from held) as all_held`;

type LookRow = Pick<WritableTracker, 'accountId' | 'status' | 'kind'> & {
  trackerId: string;
  senderKey: string;
  state: 'PENDING' | 'RECORDED' | null;
  knownId: string;
  knownTrackerId: string;
  knownOccurredAt: Date;
};

/**
 * Reads and holds everything that events are decided by, in one statement: trackers by id, and what is known by
 * `keyOf`.
 */
export async function loadForDecision(
  tx: EntityManager,
  events: readonly SentEvent[],
): Promise<{ trackers: Map<string, WritableTracker>; known: Map<string, KnownRow> }> {
  const values = [events.map(({ trackerId }) => trackerId), events.map(({ senderKey }) => senderKey)];
  const rows: LookRow[] = events.length === 0 ? [] : await tx.query(LOOK, values);
  return {
    trackers: new Map(rows.map(({ trackerId: id, accountId, status, kind }) => [id, { id, accountId, status, kind }])),
    known: new Map(
      rows.flatMap(({ state, accountId, senderKey, knownId: id, knownTrackerId: trackerId, knownOccurredAt }) =>
        state === null
          ? []
          : [
              [
                keyOf({ accountId, senderKey }),
                { state, id, accountId, senderKey, trackerId, occurredAt: knownOccurredAt },
              ],
            ],
      ),
    ),
  };
}

/**
 * Fails when one of the event ids is stored, as `isOvertaken` tells. Sent behind the intake: anyone who stores the same
 * event between our look and our intake deletes its own with it, so that ours is taken for new.
 */
export const assertNotRecorded = (events: readonly NewIntake[]): Statement => ({
  sql: 'select none_recorded($1::uuid[], $2::text[])',
  values: [events.map(({ accountId }) => accountId), events.map(({ senderKey }) => senderKey)],
});

export const isOvertaken = (error: unknown): boolean => (error as { code?: string }).code === 'CT001';

export type NewIntake = SentEvent & { id: string; accountId: string };

/**
 * Puts events where they wait for their charge, each with anyone who pays at its instant; one that waits there already
 * is asked for once more, by us too. Returns them as they stand (`IntakeRow`). An id that waits for another tracker or
 * instant is left alone and not given. In one order, so that two calls cannot wait for each other. It counts for the
 * budget of the key that asked last.
 */
export function insertIntake(
  events: readonly NewIntake[],
  { credits, key, now, realNow }: { credits: number; key: IntakeKey | null; now: Date; realNow: Date },
): Statement {
  const column = <Key extends keyof NewIntake>(key: Key): NewIntake[Key][] => events.map((event) => event[key]);
  return {
    sql: `insert into intake as i (id, account_id, sender_key, tracker_id, kind, occurred_at, timed, payer_id, credits, data, received_at,
                              attempt, refused, asked_at, key_id, key_account_id, key_budget)
     select e.id, e.account_id, e.sender_key, e.tracker_id, e.kind, e.occurred_at, e.timed, p.payer_id, $9, e.data::jsonb, $10,
            1, 0, $11, $12, $13, $14
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[], $7::boolean[], $8::text[])
       with ordinality as e (id, account_id, sender_key, tracker_id, kind, occurred_at, timed, data, ord)
     join payers_at($4::uuid[], $6::timestamptz[]) as p on p.ord = e.ord
     order by e.account_id, e.sender_key
     on conflict (account_id, sender_key) do update set attempt = i.attempt + 1, asked_at = excluded.asked_at,
         key_id = excluded.key_id, key_account_id = excluded.key_account_id, key_budget = excluded.key_budget
       where i.tracker_id = excluded.tracker_id and (not excluded.timed or i.occurred_at = excluded.occurred_at)
     returning ${INTAKE_COLUMNS}`,
    values: [
      column('id'),
      column('accountId'),
      column('senderKey'),
      column('trackerId'),
      column('kind'),
      column('occurredAt'),
      column('timed'),
      column('data'),
      credits,
      now,
      realNow,
      key?.id ?? null,
      key?.accountId ?? null,
      key?.budget ?? null,
    ],
  };
}

/**
 * Takes over intake that no one has asked for since `before`: its askers are taken for dead. At most `most`, skipping
 * what others hold.
 */
export async function takeOver(
  tx: EntityManager,
  { before, realNow, most }: { before: Date; realNow: Date; most: number },
): Promise<IntakeRow[]> {
  const [rows] = await tx.query(
    `update intake i set refused = i.attempt, attempt = i.attempt + 1, asked_at = $2
     where i.id in (select s.id from intake s where s.asked_at < $1 order by s.asked_at limit $3 for update skip locked)
     returning ${INTAKE_COLUMNS}`,
    [before, realNow, most],
  );
  return rows;
}

export type HeldRow = { id: string; moved: boolean };

/**
 * Locks what still waits of these intakes, makes events of those that have a charge, and gives what it found
 * (`HeldRow`). Intake that was refused goes only with its last asker: while another has not been answered, that one may
 * still be charged, and then there must be something to make an event of. In one order, so that two calls cannot wait
 * for each other. `chargeIds` runs beside `ids`; null means refused.
 */
export const settleIntake = (ids: readonly string[], chargeIds: readonly (string | null)[]): Statement => ({
  sql: `with held as materialized (
       select i.*, answer.charge_id, answer.charge_id is not null or i.refused + 1 >= i.attempt as done
       from unnest($1::uuid[], $2::uuid[]) as answer (id, charge_id) join intake i on i.id = answer.id
       order by i.account_id, i.sender_key for update of i
     ), moved as (
       insert into event (id, account_id, sender_key, tracker_id, kind, occurred_at, received_at, payer_id, credits, charge_id, data)
       select id, account_id, sender_key, tracker_id, kind, occurred_at, received_at, payer_id, credits, charge_id, data
       from held where charge_id is not null
     ), gone as (
       delete from intake i using held where i.id = held.id and held.done
     ), refused as (
       update intake i set refused = i.refused + 1 from held where i.id = held.id and not held.done
     )
     select id, charge_id is not null as moved from held`,
  values: [ids, chargeIds],
});

/** Those of the events that are stored. */
export async function findRecordedIds(tx: EntityManager, ids: readonly string[]): Promise<string[]> {
  const rows: { id: string }[] = await tx.query('select id from event where id = any($1::uuid[])', [ids]);
  return rows.map(({ id }) => id);
}
