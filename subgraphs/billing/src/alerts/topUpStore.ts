import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { Any, type EntityManager } from 'typeorm';
import type { LedgerKind } from '../books/ledger/kinds.ts';
import { SPENDABLE } from './alertStore.ts';
import { monthOf } from './topUp.ts';
import { type Purchase, PurchaseTable, type TopUp, TopUpTable } from './topUpTables.ts';

/** Row-level security decides which of them exist for this viewer, here and in the next two. */
export async function loadTopUps(tx: EntityManager, walletIds: readonly string[]): Promise<TopUp[]> {
  return await tx.findBy(TopUpTable, { walletId: Any([...walletIds]) });
}

const PURCHASES: KeysetList = {
  select: columnsOf(PurchaseTable, 'p'),
  from: 'wallet_top_up_purchase p',
  where: 'p.wallet_id = owner.id',
  keys: [
    { by: 'p.asked_at', kind: 'instant' },
    { by: 'p.id', kind: 'id' },
  ],
  descending: true,
};

/** One page per wallet of what was bought or tried to, latest first. */
export const loadPurchasePages = (tx: EntityManager, owners: readonly string[], page: Page): Promise<Purchase[]> =>
  loadKeysetPages(tx, PURCHASES, { owners, page });

/**
 * What was bought in the running month of each wallet's account, and is being bought; the zone of an account without
 * one is UTC.
 */
export async function loadSpentThisMonth(
  tx: EntityManager,
  walletIds: readonly string[],
  now: Date,
): Promise<{ walletId: string; spent: bigint }[]> {
  const rows: { walletId: string; zone: string }[] = await tx.query(
    `select ${columnsOf(TopUpTable, 't', ['walletId'])}, coalesce(z.time_zone, 'UTC') as zone
     from wallet_top_up t left join access.account_zone z on z.account = t.account_id where t.wallet_id = any($1)`,
    [walletIds],
  );
  const months = rows.map(({ zone }) => monthOf(now, zone));
  return await tx.query(
    `select wanted.id as "walletId", coalesce(sum(p.amount), 0)::bigint as spent
     from unnest($1::uuid[], $2::text[]) as wanted (id, month)
     left join wallet_top_up_purchase p on p.wallet_id = wanted.id and p.month = wanted.month and p.state <> 'FAILED'
       and p.asked_at > $3::timestamptz - interval '33 days'
     group by wanted.id`,
    [rows.map(({ walletId }) => walletId), months, now],
  );
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
  const running = { walletId, active: true };
  const { affected } = await tx.update(TopUpTable, running, { active: false, stoppedBecause: because });
  return affected === 1;
}

/**
 * Wallets with something to do, so many of each: those with a purchase under way, and active ones that are low and not
 * capped.
 */
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

/** Locks a wallet's top-up: anyone who buys or ends a purchase holds this. */
export async function lockTopUp(tx: EntityManager, walletId: string, now: Date): Promise<HeldTopUp | null> {
  const lock = { mode: 'for_no_key_update' } as const;
  await tx.findOne(TopUpTable, { select: { walletId: true }, where: { walletId }, lock });
  const [row]: Omit<HeldTopUp, 'underWay'>[] = await tx.query(
    `select ${columnsOf(TopUpTable, 't')}, w.kind, ${SPENDABLE('t.wallet_id')} as spendable, coalesce(z.time_zone, 'UTC') as zone
     from wallet_top_up t join wallet w on w.id = t.wallet_id left join access.account_zone z on z.account = t.account_id
     where t.wallet_id = $2`,
    [now, walletId],
  );
  if (row === undefined) return null;
  return { ...row, underWay: await tx.findOneBy(PurchaseTable, { walletId, state: 'UNDER_WAY' }) };
}

/** Writes down that a purchase is about to be made: it counts for the cap from now on. */
export async function addPurchase(
  tx: EntityManager,
  { walletId, currency }: TopUp,
  { month, amount, now }: { month: string; amount: bigint; now: Date },
): Promise<Purchase> {
  const purchase: Purchase = {
    id: newId(),
    walletId,
    amount,
    currency,
    state: 'UNDER_WAY',
    failure: null,
    askedAt: now,
    endedAt: null,
  };
  await tx.insert(PurchaseTable, { ...purchase, month });
  return purchase;
}

/** False when it had come to its end before. */
export async function endPurchase(tx: EntityManager, id: string, failure: string | null, now: Date): Promise<boolean> {
  const state = failure === null ? 'BOUGHT' : 'FAILED';
  const { affected } = await tx.update(PurchaseTable, { id, state: 'UNDER_WAY' }, { state, failure, endedAt: now });
  return affected === 1;
}

export async function markCapped(tx: EntityManager, walletId: string, until: Date): Promise<void> {
  await tx.update(TopUpTable, { walletId }, { cappedUntil: until });
}
