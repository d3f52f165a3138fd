import { columnsOf } from '@comptoir/shared/database/columns.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { EntityManager } from 'typeorm';
import type { CreditKind, LedgerTransactionType } from '../ledger/kinds.ts';
import { CreditMovementTable, LedgerTransactionTable } from '../ledger/ledgerTables.ts';
import { type LotRow, LotTable } from '../wallets/creditTables.ts';

/** A movement of credits as one wallet's history shows it. */
export type CreditMovement = {
  walletId: string;
  accountId: string;
  transactionId: string;
  type: LedgerTransactionType;
  kind: CreditKind;
  credits: bigint;
  bookedAt: Date;
  cause: Record<string, string>;
};

/**
 * One page per account of the movements of its wallets, newest first; of one kind of credits, or all. Row-level
 * security decides which wallets there are. No `KeysetList`: the page of an account is merged from a page of each of
 * its wallets.
 */
export async function loadMovementPages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
  kind: CreditKind | null,
): Promise<CreditMovement[]> {
  const [bookedAt, id] = page.after ?? [null, null];
  return await tx.query(
    `select ${columnsOf(CreditMovementTable, 'found')}, found.kind, wanted.id as "accountId", ${columnsOf(LedgerTransactionTable, 't', ['type', 'cause'])}
     from unnest($1::uuid[]) as wanted (id)
     cross join lateral (
       select m.*, w.id as wallet_id, w.kind
       from wallet w
       cross join lateral (
         select moved.booked_at, moved.transaction_id, moved.credits
         from credit_movement moved
         where moved.wallet_id = w.id and ($2::timestamptz is null or (moved.booked_at, moved.transaction_id) < ($2, $3::uuid))
         order by moved.booked_at desc, moved.transaction_id desc
         limit $4
       ) as m
       where w.account_id = wanted.id and w.profile_id is null and ($5::text is null or w.kind = $5)
       order by m.booked_at desc, m.transaction_id desc
       limit $4
     ) as found
     join ledger_transaction t on t.id = found.transaction_id
     order by found.booked_at desc, found.transaction_id desc`,
    [accountIds, bookedAt, id, page.first + 1, kind],
  );
}

/** Names what a wallet has of a transaction, for `loadMovedLots`. */
export const movementKey = ({ transactionId, walletId }: { transactionId: string; walletId: string }): string =>
  `${transactionId} ${walletId}`;

export type MovedLot = LotRow & { transactionId: string };

/** One page per movement of the lots that it moved, by id. No `KeysetList`: its owners are pairs. */
export async function loadMovedLotPages(tx: EntityManager, keys: readonly string[], page: Page): Promise<MovedLot[]> {
  const pairs = keys.map((key) => key.split(' '));
  const [after] = page.after ?? [null];
  return await tx.query(
    `select found.*
     from unnest($1::uuid[], $2::uuid[]) as wanted (transaction_id, wallet_id)
     cross join lateral (
       select ${columnsOf(LotTable, 'lot')}, wanted.transaction_id as "transactionId"
       from lot
       where lot.id in (select e.lot_id from ledger_entry e where e.transaction_id = wanted.transaction_id and e.wallet_id = wanted.wallet_id)
         and ($3::uuid is null or lot.id > $3)
       order by lot.id
       limit $4
     ) as found`,
    [pairs.map(([id]) => id), pairs.map(([, id]) => id), after, page.first + 1],
  );
}
