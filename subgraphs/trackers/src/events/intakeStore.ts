import type { EntityManager } from 'typeorm';
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
type Key = { accountId: string; senderKey: string };

const keyValues = (keys: readonly Key[]): unknown[] => [
  keys.map(({ accountId }) => accountId),
  keys.map(({ senderKey }) => senderKey),
];

/** What is known of event ids: stored, in whatever site of the account, or waiting for a charge. One statement, one snapshot: never both. */
export async function findKnown(tx: EntityManager, keys: readonly Key[]): Promise<KnownRow[]> {
  return await tx.query(
    `with asked as (select * from unnest($1::uuid[], $2::text[]) as a (account_id, sender_key))
     select 'PENDING' as state, i.id, i.account_id as "accountId", i.sender_key as "senderKey", i.tracker_id as "trackerId",
            i.occurred_at as "occurredAt"
     from asked join intake i using (account_id, sender_key)
     union all
     select 'RECORDED', e.id, e.account_id, e.sender_key, e.tracker_id, e.occurred_at
     from known_events($1::uuid[], $2::text[]) e`,
    keyValues(keys),
  );
}

/** True when one of the event ids is stored. */
export async function anyRecorded(tx: EntityManager, keys: readonly Key[]): Promise<boolean> {
  const rows: unknown[] = await tx.query('select from known_events($1::uuid[], $2::text[]) limit 1', keyValues(keys));
  return rows.length > 0;
}

export type NewIntake = SentEvent & { id: string; accountId: string };

/**
 * Puts events where they wait for their charge, each with whoever pays at its instant; one that waits there already is asked for once more, by us too. Gives
 * them as they stand. An id that waits for another tracker or instant is left alone and not given. In one order, so that two calls
 * cannot wait for each other. It counts for the budget of the key that asked last.
 */
export async function takeIn(
  tx: EntityManager,
  events: readonly NewIntake[],
  { credits, key, now, realNow }: { credits: number; key: IntakeKey | null; now: Date; realNow: Date },
): Promise<IntakeRow[]> {
  const column = <Key extends keyof NewIntake>(key: Key): NewIntake[Key][] => events.map((event) => event[key]);
  return await tx.query(
    `insert into intake as i (id, account_id, sender_key, tracker_id, kind, occurred_at, timed, payer_id, credits, data, received_at,
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
    [
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
  );
}

/** Takes over intake that nobody has asked for since `before`: its askers are taken for dead. At most `most`, skipping what others hold. */
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

export type HeldRow = { id: string; attempt: number; refused: number; moved: boolean };

/**
 * Locks what still waits of these intakes, and makes events of those that have a charge. In one order, so that two calls cannot wait for each
 * other. `chargeIds` runs beside `ids`; null means refused.
 */
export async function moveCharged(
  tx: EntityManager,
  ids: readonly string[],
  chargeIds: readonly (string | null)[],
): Promise<HeldRow[]> {
  return await tx.query(
    `with held as materialized (
       select i.*, answer.charge_id
       from unnest($1::uuid[], $2::uuid[]) as answer (id, charge_id) join intake i on i.id = answer.id
       order by i.account_id, i.sender_key for update of i
     ), moved as (
       insert into event (id, account_id, sender_key, tracker_id, kind, occurred_at, received_at, payer_id, credits, charge_id, data)
       select id, account_id, sender_key, tracker_id, kind, occurred_at, received_at, payer_id, credits, charge_id, data
       from held where charge_id is not null
       returning id
     )
     select held.id, held.attempt, held.refused, moved.id is not null as moved from held left join moved using (id)`,
    [ids, chargeIds],
  );
}

export async function removeIntake(tx: EntityManager, ids: readonly string[]): Promise<void> {
  await tx.query('delete from intake where id = any($1::uuid[])', [ids]);
}

/** Notes that one asker of each was refused while others have not been answered. */
export async function countRefusal(tx: EntityManager, ids: readonly string[]): Promise<void> {
  await tx.query('update intake set refused = refused + 1 where id = any($1::uuid[])', [ids]);
}

/** Those of the events that are stored. */
export async function findRecordedIds(tx: EntityManager, ids: readonly string[]): Promise<string[]> {
  const rows: { id: string }[] = await tx.query('select id from event where id = any($1::uuid[])', [ids]);
  return rows.map(({ id }) => id);
}
