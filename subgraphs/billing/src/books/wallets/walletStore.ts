import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Statement } from '@comptoir/shared/database/pipeline.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { Any, type EntityManager } from 'typeorm';
import { insertOnce } from '../../base/insertOnce.ts';
import type { CreditKind, LedgerKind } from '../ledger/kinds.ts';
import { type LotRow, LotTable, WalletTable } from './creditTables.ts';

/** A wallet as it is shown: what can be spent of it at the instant of the request. */
export type SpendableWallet = { id: string; accountId: string; kind: LedgerKind; spendable: bigint };

const SPENDABLE_WALLET = `
  ${columnsOf(WalletTable, 'wallet', ['id', 'accountId', 'kind'])},
  (select coalesce(sum(lot.remaining), 0)::bigint
   from lot
   where lot.wallet_id = wallet.id and lot.remaining > 0 and (lot.expires_at is null or lot.expires_at > $2)) as spendable`;

/** Row-level security decides which of them exist for this viewer, here and below. */
export async function loadWallets(tx: EntityManager, ids: readonly string[], now: Date): Promise<SpendableWallet[]> {
  return await tx.query(`select ${SPENDABLE_WALLET} from wallet where wallet.id = any($1)`, [ids, now]);
}

export async function loadWalletsOf(
  tx: EntityManager,
  accountIds: readonly string[],
  now: Date,
): Promise<SpendableWallet[]> {
  return await tx.query(
    `select ${SPENDABLE_WALLET} from wallet where wallet.account_id = any($1) and wallet.profile_id is null order by wallet.account_id, wallet.kind`,
    [accountIds, now],
  );
}

export async function loadLots(tx: EntityManager, ids: readonly string[]): Promise<LotRow[]> {
  return await tx.findBy(LotTable, { id: Any([...ids]) });
}

const LOTS: KeysetList = {
  select: columnsOf(LotTable, 'lot'),
  from: 'lot',
  where: 'lot.wallet_id = owner.id',
  keys: [
    { by: 'lot.granted_at', kind: 'instant' },
    { by: 'lot.id', kind: 'id' },
  ],
  descending: true,
};

/** One page per wallet of its lots, newest first. */
export const loadLotPages = (tx: EntityManager, owners: readonly string[], page: Page): Promise<LotRow[]> =>
  loadKeysetPages(tx, LOTS, { owners, page });

/** Adds an empty wallet unless the account has that one already. */
export async function addWallet(
  tx: EntityManager,
  wallet: { id: string; accountId: string; kind: LedgerKind; profileId?: string; earmarkId?: string | null },
): Promise<void> {
  await insertOnce(tx, WalletTable, { ...wallet, balance: 0n });
}

/** True when the account exists here: its TRACKER wallet is there from its opening on. */
export const hasWallets = (tx: EntityManager, accountId: string): Promise<boolean> =>
  tx.existsBy(WalletTable, { accountId, kind: 'TRACKER' });

/**
 * Locks the wallets that these accounts have of a kind, in the order of their ids, so that two calls never wait for
 * each other in a circle. Anyone who changes a wallet's lots or balance holds this lock: what is read of them after it
 * stays true until the commit.
 */
export async function lockWallets(
  tx: EntityManager,
  accountIds: readonly string[],
  kind: CreditKind,
): Promise<{ id: string; accountId: string }[]> {
  const { sql, values } = lockWalletsOf(accountIds, kind);
  return await tx.query(sql, [...values]);
}

/** The statement of `lockWallets`, for what is sent behind it. */
export const lockWalletsOf = (accountIds: readonly string[], kind: CreditKind): Statement => ({
  sql: `select wallet.id, wallet.account_id as "accountId"
     from wallet
     where wallet.account_id = any($1) and wallet.kind = $2
     order by wallet.id
     for no key update`,
  values: [accountIds, kind],
});

/** Locks wallets of whatever kind, in the order of their ids; see `lockWallets`. */
export async function lockWalletsById(tx: EntityManager, ids: readonly string[]): Promise<void> {
  await tx.query('select from wallet where id = any($1) order by id for no key update', [ids]);
}

/** As `lockWalletsById`, all that these accounts have. */
export async function lockWalletsOfAccounts(tx: EntityManager, accountIds: readonly string[]): Promise<void> {
  await tx.query('select from wallet where account_id = any($1) order by id for no key update', [accountIds]);
}

/** The lots of locked wallets that have anything left; which of them can be spent is a rule (`isSpendable`). */
export async function loadLotsWithCredit(tx: EntityManager, walletIds: readonly string[]): Promise<LotRow[]> {
  return await tx
    .createQueryBuilder(LotTable, 'lot')
    .where('lot.wallet_id = any(:walletIds) and lot.remaining > 0', { walletIds })
    .getMany();
}

/** The lots of a locked wallet that were allocated out of another one's and have anything left. */
export async function loadAllocatedLots(
  tx: EntityManager,
  { walletId, originWalletId }: { walletId: string; originWalletId: string },
): Promise<(LotRow & { originLotId: string })[]> {
  const lots = await tx
    .createQueryBuilder(LotTable, 'lot')
    .where(
      `lot.wallet_id = :walletId and lot.remaining > 0
       and exists (select from lot origin where origin.id = lot.origin_lot_id and origin.wallet_id = :originWalletId)`,
      { walletId, originWalletId },
    )
    .getMany();
  return lots.filter((lot): lot is LotRow & { originLotId: string } => lot.originLotId !== null);
}
