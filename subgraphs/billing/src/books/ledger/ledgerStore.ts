import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { EntityManager } from 'typeorm';
import type { LedgerTransactionType } from './kinds.ts';
import { LedgerEntryTable, LedgerTransactionTable } from './ledgerTables.ts';

/** An entry of a wallet with the type of its transaction: a line of the wallet's history. */
export type WalletEntry = {
  id: string;
  walletId: string;
  type: LedgerTransactionType;
  bookedAt: Date;
  lotId: string | null;
  amount: bigint;
  transactionId: string;
  /** Ids of what led to it. */
  cause: Record<string, unknown>;
};

/**
 * One page per wallet of its history, newest first. No `KeysetList`: transactions are looked up for the rows of the
 * page alone.
 */
export async function loadEntryPages(
  tx: EntityManager,
  walletIds: readonly string[],
  page: Page,
): Promise<WalletEntry[]> {
  const [bookedAt, id] = page.after ?? [null, null];
  return await tx.query(
    `select ${columnsOf(LedgerEntryTable, 'found', ['id', 'walletId', 'transactionId', 'bookedAt', 'lotId', 'amount'])},
            ${columnsOf(LedgerTransactionTable, 't', ['type', 'cause'])}
     from unnest($1::uuid[]) as wanted (id)
     cross join lateral (
       select e.id, e.wallet_id, e.transaction_id, e.booked_at, e.lot_id, e.amount
       from ledger_entry e
       where e.wallet_id = wanted.id and ($2::timestamptz is null or (e.booked_at, e.id) < ($2, $3::uuid))
       order by e.booked_at desc, e.id desc
       limit $4
     ) as found
     join ledger_transaction t on t.id = found.transaction_id
     order by found.booked_at desc, found.id desc`,
    [walletIds, bookedAt, id, page.first + 1],
  );
}

/** How many charges each entry sums up; an entry without any is left out. */
export async function loadChargeCounts(
  tx: EntityManager,
  entryIds: readonly string[],
): Promise<{ entryId: string; charges: number }[]> {
  return await tx.query(
    `select paid.entry_id as "entryId", count(*)::integer as charges
     from (
       select e.id as entry_id
       from ledger_entry e join charge c on c.transaction_id = e.transaction_id and c.lot_id = e.lot_id
       where e.id = any($1)
       union all
       select e.id
       from ledger_entry e join charge c on c.transaction_id = e.transaction_id
         join charge_further_lot f on f.event_id = c.event_id and f.lot_id = e.lot_id
       where e.id = any($1)
     ) as paid
     group by paid.entry_id`,
    [entryIds],
  );
}

/** What the lot of an entry paid of one charge. */
export type EntryCharge = { entryId: string; eventId: string; credits: bigint };

const CHARGES: KeysetList = {
  select: 'owner.id as "entryId", paid.event_id as "eventId", paid.credits',
  from: `(
    select c.event_id, c.lot_credits as credits
    from ledger_entry e join charge c on c.transaction_id = e.transaction_id and c.lot_id = e.lot_id
    where e.id = owner.id
    union all
    select c.event_id, f.credits
    from ledger_entry e join charge c on c.transaction_id = e.transaction_id
      join charge_further_lot f on f.event_id = c.event_id and f.lot_id = e.lot_id
    where e.id = owner.id
  ) as paid`,
  where: 'true',
  keys: [{ by: 'paid.event_id', kind: 'id' }],
};

/** One page per entry of the charges that it sums up, by event id. */
export const loadChargePages = (tx: EntityManager, owners: readonly string[], page: Page): Promise<EntryCharge[]> =>
  loadKeysetPages(tx, CHARGES, { owners, page });
