import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { Any, type EntityManager, IsNull, LessThanOrEqual } from 'typeorm';
import { insertOnce } from '../../base/insertOnce.ts';
import { WalletTable } from '../../books/wallets/creditTables.ts';
import {
  type MigrationDiscount,
  MigrationDiscountTable,
  type ResellerDiscount,
  ResellerDiscountTable,
} from './discountTables.ts';

export type Discounts = { resellerBasisPoints: number; migration: { id: string; basisPoints: number } | null };

/**
 * The discounts that `payerId` has now on what it buys for `accountId`, in basis points. With `lock`, the migration
 * discount cannot be used or withdrawn by another before the commit.
 */
export async function discountsFor(
  tx: EntityManager,
  { payerId, accountId, now, lock = false }: { payerId: string; accountId: string; now: Date; lock?: boolean },
): Promise<Discounts> {
  const reseller = await tx.findOne(ResellerDiscountTable, {
    where: { accountId: payerId, setAt: LessThanOrEqual(now) },
    order: { setAt: 'DESC', seq: 'DESC' },
  });
  const migration = await tx.findOne(MigrationDiscountTable, {
    select: { id: true, basisPoints: true },
    where: { payerId, accountId, usedAt: IsNull(), withdrawnAt: IsNull() },
    ...(lock && { lock: { mode: 'for_no_key_update' } }),
  });
  return { resellerBasisPoints: reseller?.basisPoints ?? 0, migration };
}

/**
 * Uses up a migration discount by the quote that was charged with it. Throws when it was used or withdrawn: the caller
 * has read it under a lock.
 */
export async function useMigrationDiscount(tx: EntityManager, id: string, quoteId: string, now: Date): Promise<void> {
  const unused = { id, usedAt: IsNull(), withdrawnAt: IsNull() };
  const { affected } = await tx.update(MigrationDiscountTable, unused, { usedAt: now, usedQuoteId: quoteId });
  if (affected !== 1) throw new Error(`The migration discount ${id} was used or withdrawn after it was read.`);
}

/** What each partner gets now, as far as the viewer may see it. */
export async function loadResellerDiscounts(
  tx: EntityManager,
  accountIds: readonly string[],
): Promise<ResellerDiscount[]> {
  return await tx.query(
    `select distinct on (d.account_id) ${columnsOf(ResellerDiscountTable, 'd')}
     from reseller_discount d where d.account_id = any($1)
     order by d.account_id, d.set_at desc, d.seq desc`,
    [accountIds],
  );
}

const RESELLER_DISCOUNTS: KeysetList = {
  select: columnsOf(ResellerDiscountTable, 'd'),
  from: 'reseller_discount d',
  where: 'd.account_id = owner.id',
  keys: [
    { by: 'd.set_at', kind: 'instant' },
    { by: 'd.id', kind: 'id' },
  ],
  descending: true,
};

/** One page per partner of what it got, the latest first. */
export const loadResellerDiscountPages = (
  tx: EntityManager,
  owners: readonly string[],
  page: Page,
): Promise<ResellerDiscount[]> => loadKeysetPages(tx, RESELLER_DISCOUNTS, { owners, page });

export async function loadMigrationDiscounts(tx: EntityManager, ids: readonly string[]): Promise<MigrationDiscount[]> {
  return await tx.findBy(MigrationDiscountTable, { id: Any([...ids]) });
}

const MIGRATION_DISCOUNTS: KeysetList = {
  select: columnsOf(MigrationDiscountTable, 'd'),
  from: 'migration_discount d',
  where: 'd.account_id = owner.id',
  keys: [
    { by: 'd.granted_at', kind: 'instant' },
    { by: 'd.id', kind: 'id' },
  ],
  descending: true,
};

/** One page per account of the migration discounts that were granted for it, the latest first. */
export const loadMigrationDiscountPages = (
  tx: EntityManager,
  owners: readonly string[],
  page: Page,
): Promise<MigrationDiscount[]> => loadKeysetPages(tx, MIGRATION_DISCOUNTS, { owners, page });

/** Locks a migration discount for staff who withdraw it. */
export async function lockMigrationDiscount(tx: EntityManager, id: string): Promise<MigrationDiscount | null> {
  return await tx.findOne(MigrationDiscountTable, { where: { id }, lock: { mode: 'for_no_key_update' } });
}

/** Takes back what has not been used; the row is locked. */
export async function withdrawMigrationDiscount(tx: EntityManager, id: string, now: Date): Promise<void> {
  await tx.update(MigrationDiscountTable, { id }, { withdrawnAt: now });
}

/** Adds a migration discount; false when one waits to be used already. */
export const addMigrationDiscount = (
  tx: EntityManager,
  {
    by: grantedBy,
    now: grantedAt,
    ...of
  }: Pick<MigrationDiscount, 'id' | 'payerId' | 'accountId' | 'basisPoints'> & {
    now: Date;
    by: string;
  },
): Promise<boolean> => insertOnce(tx, MigrationDiscountTable, { ...of, grantedAt, grantedBy });

export async function addResellerDiscount(tx: EntityManager, discount: ResellerDiscount, setBy: string): Promise<void> {
  await tx.insert(ResellerDiscountTable, { ...discount, setBy });
}

/** Which of these accounts there are: each has a TRACKER wallet from its opening on. */
export async function knownAccounts(tx: EntityManager, ids: readonly string[]): Promise<Set<string>> {
  const wallets = await tx.findBy(WalletTable, { accountId: Any([...ids]), kind: 'TRACKER' });
  return new Set(wallets.map(({ accountId }) => accountId));
}
