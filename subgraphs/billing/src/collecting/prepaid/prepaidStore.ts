import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { EntityManager } from 'typeorm';
import type { LedgerTransactionType } from '../../books/ledger/kinds.ts';
import type { Money } from '../../books/money/money.ts';

/** The prepaid money of a profile: what its wallets hold, and what is set aside. */
export type PrepaidTotals = { profileId: string; total: bigint; free: bigint; held: bigint };

/** Row-level security decides which of them exist for this viewer, here and below. A profile that was never paid into has nothing. */
export async function loadPrepaidTotals(tx: EntityManager, profileIds: readonly string[]): Promise<PrepaidTotals[]> {
  const rows: { profileId: string; total: string; free: string; held: string }[] = await tx.query(
    `select profile.id as "profileId", coalesce(w.total, 0) as total, coalesce(w.free, 0) as free,
            (select coalesce(sum(h.amount), 0) from prepaid_hold h where h.profile_id = profile.id and h.state = 'HELD') as held
     from unnest($1::uuid[]) as profile (id)
     cross join lateral (
       select sum(balance) as total, sum(balance) filter (where earmark_id is null) as free from wallet where profile_id = profile.id
     ) as w`,
    [profileIds],
  );
  return rows.map(({ profileId, total, free, held }) => ({
    profileId,
    total: BigInt(total),
    free: BigInt(free),
    held: BigInt(held),
  }));
}

/** What a profile keeps for one account. */
export type Earmark = { profileId: string; accountId: string; amount: Money };

/** One page per profile of what it keeps for accounts, by account. */
export async function loadEarmarkPages(
  tx: EntityManager,
  profileIds: readonly string[],
  page: Page,
): Promise<Earmark[]> {
  const rows: { profileId: string; accountId: string; balance: string; currency: string }[] = await tx.query(
    `select found.*
     from unnest($1::uuid[]) as profile (id)
     cross join lateral (
       select w.profile_id as "profileId", w.earmark_id as "accountId", w.balance, substr(w.kind, 7) as currency
       from wallet w
       where w.profile_id = profile.id and w.earmark_id is not null and w.balance > 0 and ($2::uuid is null or w.earmark_id > $2)
       order by w.earmark_id
       limit $3
     ) as found`,
    [profileIds, page.after?.[0] ?? null, page.first + 1],
  );
  return rows.map(({ balance, currency, ...row }) => ({ ...row, amount: { minor: BigInt(balance), currency } }));
}

/** A line of the history of prepaid money. */
export type PrepaidEntry = {
  id: string;
  profileId: string;
  type: LedgerTransactionType;
  amount: Money;
  earmarkId: string | null;
  bookedAt: Date;
  /** The invoice that it was booked with, or that the money set aside has paid. */
  invoiceId: string | null;
};

/** One page per profile of what its wallets took in and gave out, newest first. */
export async function loadPrepaidEntryPages(
  tx: EntityManager,
  profileIds: readonly string[],
  page: Page,
): Promise<PrepaidEntry[]> {
  const [bookedAt, id] = page.after ?? [null, null];
  const rows: (Omit<PrepaidEntry, 'amount'> & { amount: string; currency: string })[] = await tx.query(
    `select found.id, found.profile_id as "profileId", t.type, found.amount, substr(found.kind, 7) as currency, found.earmark_id as "earmarkId",
            found.booked_at as "bookedAt",
            coalesce((t.cause ->> 'invoiceId')::uuid, (
              select p.invoice_id from invoice_payment p where p.source_id = (t.cause ->> 'holdId')::uuid and p.source = 'PREPAID')) as "invoiceId"
     from unnest($1::uuid[]) as profile (id)
     cross join lateral (
       select e.*, w.profile_id, w.earmark_id
       from wallet w
       cross join lateral (
         select e.id, e.transaction_id, e.kind, e.amount, e.booked_at
         from ledger_entry e
         where e.wallet_id = w.id and ($2::timestamptz is null or (e.booked_at, e.id) < ($2, $3::uuid))
         order by e.booked_at desc, e.id desc
         limit $4
       ) as e
       where w.profile_id = profile.id
       order by e.booked_at desc, e.id desc
       limit $4
     ) as found
     join ledger_transaction t on t.id = found.transaction_id
     order by found.booked_at desc, found.id desc`,
    [profileIds, bookedAt, id, page.first + 1],
  );
  return rows.map(({ amount, currency, ...row }) => ({ ...row, amount: { minor: BigInt(amount), currency } }));
}
