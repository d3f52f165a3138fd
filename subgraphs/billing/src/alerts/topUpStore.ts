import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import type { LedgerKind } from '../books/ledger/kinds.ts';
import { SPENDABLE } from './alertStore.ts';
import { monthOf } from './topUp.ts';

/** A wallet that is filled up by itself. */
export type TopUp = {
  walletId: string;
  accountId: string;
  below: bigint;
  packId: string;
  quantity: number;
  profileId: string;
  currency: string;
  monthlyCap: bigint;
  active: boolean;
  stoppedBecause: string | null;
  /** Until when the cap leaves no room: the end of the month. */
  cappedUntil: Date | null;
};

export type Purchase = {
  id: string;
  walletId: string;
  amount: bigint;
  currency: string;
  state: 'UNDER_WAY' | 'BOUGHT' | 'FAILED';
  failure: string | null;
  askedAt: Date;
  endedAt: Date | null;
};

const TOP_UP = `
  t.wallet_id as "walletId", t.account_id as "accountId", t.below, t.pack_id as "packId", t.quantity, t.profile_id as "profileId", t.currency,
  t.monthly_cap as "monthlyCap", t.active, t.stopped_because as "stoppedBecause", t.capped_until as "cappedUntil"`;
const PURCHASE = `
  p.id, p.wallet_id as "walletId", p.amount, p.currency, p.state, p.failure, p.asked_at as "askedAt", p.ended_at as "endedAt"`;

type RawTopUp = Omit<TopUp, 'below' | 'monthlyCap'> & { below: string; monthlyCap: string };
const readTopUp = (row: RawTopUp): TopUp => ({ ...row, below: BigInt(row.below), monthlyCap: BigInt(row.monthlyCap) });
type RawPurchase = Omit<Purchase, 'amount'> & { amount: string };
const readPurchase = (row: RawPurchase): Purchase => ({ ...row, amount: BigInt(row.amount) });

/** Row-level security decides which of them exist for this viewer, here and in the next two. */
export async function loadTopUps(tx: EntityManager, walletIds: readonly string[]): Promise<TopUp[]> {
  const rows: RawTopUp[] = await tx.query(`select ${TOP_UP} from wallet_top_up t where t.wallet_id = any($1)`, [
    walletIds,
  ]);
  return rows.map(readTopUp);
}

/** One page per wallet of what was bought or tried to, latest first. */
export async function loadPurchasePages(
  tx: EntityManager,
  walletIds: readonly string[],
  page: Page,
): Promise<Purchase[]> {
  const [askedAt, id] = page.after ?? [null, null];
  const rows: RawPurchase[] = await tx.query(
    `select found.* from unnest($1::uuid[]) as wanted (id)
     cross join lateral (
       select ${PURCHASE} from wallet_top_up_purchase p
       where p.wallet_id = wanted.id and ($2::timestamptz is null or (p.asked_at, p.id) < ($2, $3::uuid))
       order by p.asked_at desc, p.id desc limit $4
     ) as found`,
    [walletIds, askedAt, id, page.first + 1],
  );
  return rows.map(readPurchase);
}

/** What was bought in the running month of each wallet's account, and is being bought; the zone of an account without one is UTC. */
export async function loadSpentThisMonth(
  tx: EntityManager,
  walletIds: readonly string[],
  now: Date,
): Promise<{ walletId: string; spent: bigint }[]> {
  const rows: { walletId: string; zone: string }[] = await tx.query(
    `select t.wallet_id as "walletId", coalesce(z.time_zone, 'UTC') as zone
     from wallet_top_up t left join access.account_zone z on z.account = t.account_id where t.wallet_id = any($1)`,
    [walletIds],
  );
  const months = rows.map(({ zone }) => monthOf(now, zone));
  const spent: { walletId: string; spent: string }[] = await tx.query(
    `select wanted.id as "walletId", coalesce(sum(p.amount), 0)::bigint as spent
     from unnest($1::uuid[], $2::text[]) as wanted (id, month)
     left join wallet_top_up_purchase p on p.wallet_id = wanted.id and p.month = wanted.month and p.state <> 'FAILED'
       and p.asked_at > $3::timestamptz - interval '33 days'
     group by wanted.id`,
    [rows.map(({ walletId }) => walletId), months, now],
  );
  return spent.map((row) => ({ ...row, spent: BigInt(row.spent) }));
}

export async function setTopUp(
  tx: EntityManager,
  {
    walletId,
    accountId,
    below,
    packId,
    quantity,
    profileId,
    currency,
    monthlyCap,
  }: Omit<TopUp, 'active' | 'stoppedBecause' | 'cappedUntil'>,
  by: { userId: string; now: Date },
): Promise<void> {
  await tx.query(
    `insert into wallet_top_up (wallet_id, account_id, below, pack_id, quantity, profile_id, currency, monthly_cap, active, set_by, set_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, true, $9, $10)
     on conflict (wallet_id) do update set
       below = $3, pack_id = $4, quantity = $5, profile_id = $6, currency = $7, monthly_cap = $8, active = true, stopped_because = null,
       capped_until = null, set_by = $9, set_at = $10`,
    [walletId, accountId, String(below), packId, quantity, profileId, currency, String(monthlyCap), by.userId, by.now],
  );
}

/** Because of a refusal, or of somebody: then `because` is null. False when it did not run. */
export async function stopTopUp(tx: EntityManager, walletId: string, because: string | null): Promise<boolean> {
  const [, changed] = await tx.query(
    'update wallet_top_up set active = false, stopped_because = $2 where wallet_id = $1 and active',
    [walletId, because],
  );
  return changed > 0;
}

/** Wallets with something to do, so many of each: those with a purchase under way, and active ones that are low and not capped. */
export async function findTopUpsDue(
  tx: EntityManager,
  now: Date,
  most: { underWay: number; low: number },
): Promise<string[]> {
  const rows: { id: string }[] = await tx.query(
    `(select p.wallet_id as id from wallet_top_up_purchase p where p.state = 'UNDER_WAY' order by p.asked_at limit $2)
     union all
     (select t.wallet_id from wallet_top_up t
      where t.active and (t.capped_until is null or t.capped_until <= $1) and ${SPENDABLE('t.wallet_id')} < t.below
        and not exists (select from wallet_top_up_purchase p where p.wallet_id = t.wallet_id and p.state = 'UNDER_WAY')
      order by t.set_at limit $3)`,
    [now, most.underWay, most.low],
  );
  return rows.map(({ id }) => id);
}

export type HeldTopUp = TopUp & { kind: LedgerKind; spendable: bigint; zone: string; underWay: Purchase | null };

/** Locks a wallet's top-up: whoever buys or ends a purchase holds this. */
export async function lockTopUp(tx: EntityManager, walletId: string, now: Date): Promise<HeldTopUp | null> {
  await tx.query('select from wallet_top_up where wallet_id = $1 for no key update', [walletId]);
  const rows: (RawTopUp & { kind: LedgerKind; spendable: string; zone: string })[] = await tx.query(
    `select ${TOP_UP}, w.kind, ${SPENDABLE('t.wallet_id')} as spendable, coalesce(z.time_zone, 'UTC') as zone
     from wallet_top_up t join wallet w on w.id = t.wallet_id left join access.account_zone z on z.account = t.account_id
     where t.wallet_id = $2`,
    [now, walletId],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const purchases: RawPurchase[] = await tx.query(
    `select ${PURCHASE} from wallet_top_up_purchase p where p.wallet_id = $1 and p.state = 'UNDER_WAY'`,
    [walletId],
  );
  const [underWay] = purchases.map(readPurchase);
  return { ...row, ...readTopUp(row), spendable: BigInt(row.spendable), underWay: underWay ?? null };
}

/** Writes down that a purchase is about to be made: it counts for the cap from now on. */
export async function addPurchase(
  tx: EntityManager,
  { walletId, currency }: TopUp,
  { month, amount, now }: { month: string; amount: bigint; now: Date },
): Promise<Purchase> {
  const id = newId();
  await tx.query(
    `insert into wallet_top_up_purchase (id, wallet_id, month, amount, currency, state, asked_at) values ($1, $2, $3, $4, $5, 'UNDER_WAY', $6)`,
    [id, walletId, month, String(amount), currency, now],
  );
  return { id, walletId, amount, currency, state: 'UNDER_WAY', failure: null, askedAt: now, endedAt: null };
}

/** False when it had come to its end before. */
export async function endPurchase(tx: EntityManager, id: string, failure: string | null, now: Date): Promise<boolean> {
  const [, changed] = await tx.query(
    `update wallet_top_up_purchase set state = $2, failure = $3, ended_at = $4 where id = $1 and state = 'UNDER_WAY'`,
    [id, failure === null ? 'BOUGHT' : 'FAILED', failure, now],
  );
  return changed > 0;
}

export async function markCapped(tx: EntityManager, walletId: string, until: Date): Promise<void> {
  await tx.query('update wallet_top_up set capped_until = $2 where wallet_id = $1', [walletId, until]);
}
