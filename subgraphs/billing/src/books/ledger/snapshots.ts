import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import type { EntityManager } from 'typeorm';

/**
 * A wallet gets a snapshot after so many sealed entries: no balance of any instant is more additions away than these
 * and what is recent.
 */
const ENTRIES_APART = 1_000;
/**
 * A snapshot is of so long ago: by then no request can commit an entry from before it. What comes even later throws the
 * snapshot away (`COUNT_SEALED`).
 */
const SETTLED_MS = 5 * 60_000;
/** Sealed transactions counted, and wallets given a snapshot, in one step. */
const STEP = 5_000;
const WALLETS = 100;

/**
 * Counts the entries of what was sealed since the last time, per wallet; a snapshot that one of them should have been
 * in is thrown away. Returns how many transactions.
 */
const COUNT_SEALED = `
  with place as (
    select position from wallet_snapshot_progress for update
  ), sealed as (
    select l.row_id, l.position from ledger_transaction_link l, place where l.position > place.position order by l.position limit ${STEP}
  ), touched as (
    select e.wallet_id, count(*) as entries, min(e.booked_at) as first
    from sealed join ledger_entry e on e.transaction_id = sealed.row_id
    where e.wallet_id is not null group by e.wallet_id
  ), late as (
    delete from wallet_snapshot s using touched t where s.wallet_id = t.wallet_id and s.before > t.first
    returning s.wallet_id
  ), counted as (
    -- Whose snapshot is gone, is due.
    insert into wallet_snapshot_due as due (wallet_id, entries)
    select wallet_id, entries + case when wallet_id in (select wallet_id from late) then ${ENTRIES_APART} else 0 end from touched order by wallet_id
    on conflict (wallet_id) do update set entries = due.entries + excluded.entries
  ), moved as (
    update wallet_snapshot_progress p set position = (select max(position) from sealed) where exists (select from sealed)
  )
  select count(*)::integer as transactions from sealed`;

/**
 * What is left of each lot of a wallet before an instant: the last snapshot, and the entries since. Its parameters:
 * wallets, the instant.
 */
const remainingBefore = (wallets: string, instant: string, inclusive: boolean): string => `
  select wanted.id as wallet_id, part.lot_id, sum(part.amount) as remaining, sum(part.entries)::integer as entries
  from unnest(${wallets}::uuid[]) as wanted (id)
  left join lateral (
    select s.before, s.lot_ids, s.remaining from wallet_snapshot s
    where s.wallet_id = wanted.id and s.before <= ${instant}::timestamptz order by s.before desc limit 1
  ) as s on true
  cross join lateral (
    select u.lot_id, u.amount, 0 as entries from unnest(s.lot_ids, s.remaining) as u (lot_id, amount)
    union all
    select e.lot_id, sum(e.amount), count(*) from ledger_entry e
    where e.wallet_id = wanted.id and e.booked_at ${inclusive ? '<=' : '<'} ${instant}::timestamptz and e.booked_at >= coalesce(s.before, '-infinity')
    group by e.lot_id
  ) as part
  group by wanted.id, part.lot_id`;

const SNAPSHOT = `
  with due as (
    select wallet_id from wallet_snapshot_due where entries >= ${ENTRIES_APART} order by wallet_id limit ${WALLETS}
  ), made as (
    insert into wallet_snapshot (wallet_id, before, lot_ids, remaining)
    select wallet_id, $1, coalesce(array_agg(lot_id order by lot_id) filter (where remaining <> 0), '{}'),
           coalesce(array_agg(remaining::bigint order by lot_id) filter (where remaining <> 0), '{}')
    from (${remainingBefore('(select array_agg(wallet_id) from due)', '$1', false)}) as lots
    group by wallet_id having sum(entries) >= ${ENTRIES_APART}
    on conflict do nothing
    returning wallet_id
  ), since as (
    select made.wallet_id, count(e.id) as entries from made
    left join ledger_entry e on e.wallet_id = made.wallet_id and e.booked_at >= $1 group by made.wallet_id
  ), counted as (
    update wallet_snapshot_due d set entries = since.entries from since where d.wallet_id = since.wallet_id
  )
  select count(*)::integer as made from made`;

/** Makes the snapshots that are due from what was sealed; returns how many. */
export async function snapshotBalances(
  { system, clock }: Pick<JobContext, 'system' | 'clock'>,
  requestId: string,
): Promise<number> {
  for (let counted = STEP; counted === STEP; ) {
    counted = await system(requestId, async (tx) => (await tx.query(COUNT_SEALED))[0].transactions);
  }
  const before = new Date(clock.now().getTime() - SETTLED_MS);
  let made = 0;
  for (let step = WALLETS; step === WALLETS; made += step) {
    step = await system(requestId, async (tx) => (await tx.query(SNAPSHOT, [before]))[0].made);
  }
  return made;
}

export type BalanceAt = { walletId: string; balance: bigint };

/**
 * What could be spent of wallets at an instant: what was booked up to and at it, without lots that had expired by then.
 * Of an instant to come: what is left if nothing else happens. Row-level security decides which wallets exist for this
 * viewer; another's is 0.
 */
export async function loadBalancesAt(tx: EntityManager, walletIds: readonly string[], at: Date): Promise<BalanceAt[]> {
  return await tx.query(
    `select lots.wallet_id as "walletId", coalesce(sum(lots.remaining) filter (where l.expires_at is null or l.expires_at > $2), 0)::bigint as balance
     from (${remainingBefore('$1', '$2', true)}) as lots left join lot l on l.id = lots.lot_id
     group by lots.wallet_id`,
    [walletIds, at],
  );
}
