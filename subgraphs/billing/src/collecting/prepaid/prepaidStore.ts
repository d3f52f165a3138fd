import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { EntityManager } from 'typeorm';
import type { LedgerTransactionType } from '../../books/ledger/kinds.ts';
import { LedgerEntryTable, LedgerTransactionTable } from '../../books/ledger/ledgerTables.ts';
import type { Money } from '../../books/money/money.ts';
import { WalletTable } from '../../books/wallets/creditTables.ts';

/** The prepaid money of a profile: what its wallets hold, and what is set aside. */
export type PrepaidTotals = { profileId: string; total: bigint; free: bigint; held: bigint };

/**
 * Row-level security decides which of them exist for this viewer, here and below. A profile that was never paid into
 * has nothing.
 */
export async function loadPrepaidTotals(tx: EntityManager, profileIds: readonly string[]): Promise<PrepaidTotals[]> {
  return await tx.query(
    `select profile.id as "profileId", coalesce(w.total, 0)::bigint as total, coalesce(w.free, 0)::bigint as free,
            (select coalesce(sum(h.amount), 0)::bigint from prepaid_hold h where h.profile_id = profile.id and h.state = 'HELD') as held
     from unnest($1::uuid[]) as profile (id)
     cross join lateral (
       select sum(balance) as total, sum(balance) filter (where earmark_id is null) as free from wallet where profile_id = profile.id
     ) as w`,
    [profileIds],
  );
}

/** What a profile keeps for one account. */
export type Earmark = { profileId: string; accountId: string; amount: Money };

const EARMARKS: KeysetList = {
  select: `${columnsOf(WalletTable, 'w', ['profileId'])}, w.earmark_id as "accountId", w.balance as minor, substr(w.kind, 7) as currency`,
  from: 'wallet w',
  where: 'w.profile_id = owner.id and w.earmark_id is not null and w.balance > 0',
  keys: [{ by: 'w.earmark_id', kind: 'id' }],
};

/** One page per profile of what it keeps for accounts, by account. */
export async function loadEarmarkPages(tx: EntityManager, owners: readonly string[], page: Page): Promise<Earmark[]> {
  const rows = await loadKeysetPages<Omit<Earmark, 'amount'> & Money>(tx, EARMARKS, { owners, page });
  return rows.map(({ minor, currency, ...row }) => ({ ...row, amount: { minor, currency } }));
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

/**
 * One page per profile of what its wallets took in and gave out, newest first. No `KeysetList`: the page of a profile
 * is merged from a page of each of its wallets.
 */
export async function loadPrepaidEntryPages(
  tx: EntityManager,
  profileIds: readonly string[],
  page: Page,
): Promise<PrepaidEntry[]> {
  const [bookedAt, id] = page.after ?? [null, null];
  const rows: (Omit<PrepaidEntry, 'amount'> & { amount: bigint; currency: string })[] = await tx.query(
    `select ${columnsOf(LedgerEntryTable, 'found', ['id', 'amount', 'bookedAt'])}, ${columnsOf(WalletTable, 'found', ['profileId', 'earmarkId'])},
            substr(found.kind, 7) as currency, ${columnsOf(LedgerTransactionTable, 't', ['type'])},
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
  return rows.map(({ amount, currency, ...row }) => ({ ...row, amount: { minor: amount, currency } }));
}
