import type { Round } from '@comptoir/shared/concurrency/rounds.ts';
import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import { notify } from '../../base/notify.ts';
import { mayKnow } from '../../base/reach.ts';
import { WalletTable } from '../wallets/creditTables.ts';

/**
 * How many days before credits expire their account is told; the last that applies, so that a lot that comes late is
 * not told of twice at once.
 */
const DAYS = [1, 7, 30];
const MAX_LOTS = 2_000;

/**
 * Tells of credits that are about to expire, bought or given, 30, 7 and 1 days before: once each. Anyone who allocated
 * them is told while the partnership lasts, else anyone who holds them: a resold client gets no such mail (A43).
 */
export const expiryNotices: Round = {
  title: 'mails about credits that expire soon',
  async run({ system, clock }, requestId) {
    const now = clock.now();
    return await system(requestId, (tx) => tell(tx, now));
  },
};

type ExpiringLot = {
  lotId: string;
  toldId: string;
  accountId: string;
  kind: string;
  day: string;
  days: number;
  remaining: bigint;
};

/**
 * Locks each lot's wallet row not at all: a notice may be a moment behind. Two rounds at once tell once, by the primary
 * key.
 */
const DUE = `
  with due as (
    select lot.id, lot.wallet_id, lot.origin_lot_id, lot.remaining, lot.expires_at,
           (select min(d) from unnest($2::smallint[]) d where lot.expires_at <= $1::timestamptz + d * interval '24 hours') as days
    from lot
    where lot.expires_at > $1 and lot.expires_at <= $1::timestamptz + $3::integer * interval '24 hours' and lot.remaining > 0
  ), told as (
    insert into lot_expiry_notice (lot_id, days, told_at)
    select id, days, $1 from due d
    where not exists (select from lot_expiry_notice n where n.lot_id = d.id and n.days = d.days)
    order by id limit $4
    on conflict do nothing
    returning lot_id
  )
  select due.id as "lotId", due.days, due.remaining, ${columnsOf(WalletTable, 'w', ['kind', 'accountId'])}, coalesce(giver.account_id, w.account_id) as "toldId",
         (due.expires_at at time zone 'UTC')::date::text as day
  from told join due on due.id = told.lot_id
  join wallet w on w.id = due.wallet_id
  left join lot origin on origin.id = due.origin_lot_id
  left join wallet giver on giver.id = origin.wallet_id and ${mayKnow('giver.account_id', 'w.account_id', '$1')}
  order by due.expires_at, due.id`;

/** One mail per wallet and number of days, about the lots that are due together. */
async function tell(tx: EntityManager, now: Date): Promise<number> {
  const lots: ExpiringLot[] = await tx.query(DUE, [now, DAYS, Math.max(...DAYS), MAX_LOTS]);
  const mails = Map.groupBy(lots, ({ toldId, accountId, kind, days }) => [toldId, accountId, kind, days].join(' '));
  for (const together of mails.values()) {
    const [first] = together;
    if (first === undefined) continue;
    const credits = together.reduce((sum, { remaining }) => sum + remaining, 0n);
    await notify(tx, {
      id: newId(),
      accountId: first.toldId,
      kind: 'CREDITS_EXPIRE_SOON',
      params: { credits: String(credits), kind: first.kind, day: first.day },
      accounts: { client: first.accountId },
    });
  }
  return mails.size;
}
