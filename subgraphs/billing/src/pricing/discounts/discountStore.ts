import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { Any, type EntityManager } from 'typeorm';
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
  const [reseller]: { basisPoints: number }[] = await tx.query(
    `select basis_points as "basisPoints" from reseller_discount where account_id = $1 and set_at <= $2 order by set_at desc, seq desc limit 1`,
    [payerId, now],
  );
  const [migration]: { id: string; basisPoints: number }[] = await tx.query(
    `select id, basis_points as "basisPoints" from migration_discount
     where payer_id = $1 and account_id = $2 and used_at is null and withdrawn_at is null
     ${lock ? 'for no key update' : ''}`,
    [payerId, accountId],
  );
  return { resellerBasisPoints: reseller?.basisPoints ?? 0, migration: migration ?? null };
}

/**
 * Uses up a migration discount by the quote that was charged with it. Throws when it was used or withdrawn: the caller
 * has read it under a lock.
 */
export async function useMigrationDiscount(tx: EntityManager, id: string, quoteId: string, now: Date): Promise<void> {
  const [, used] = await tx.query(
    'update migration_discount set used_at = $3, used_quote_id = $2 where id = $1 and used_at is null and withdrawn_at is null',
    [id, quoteId, now],
  );
  if (used !== 1) throw new Error(`The migration discount ${id} was used or withdrawn after it was read.`);
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
export async function addMigrationDiscount(
  tx: EntityManager,
  of: { id: string; payerId: string; accountId: string; basisPoints: number; now: Date; by: string },
): Promise<boolean> {
  const rows: unknown[] = await tx.query(
    `insert into migration_discount (id, payer_id, account_id, basis_points, granted_at, granted_by) values ($1, $2, $3, $4, $5, $6)
     on conflict do nothing
     returning id`,
    [of.id, of.payerId, of.accountId, of.basisPoints, of.now, of.by],
  );
  return rows.length > 0;
}

export async function addResellerDiscount(tx: EntityManager, discount: ResellerDiscount, setBy: string): Promise<void> {
  await tx.insert(ResellerDiscountTable, { ...discount, setBy });
}

/** Which of these accounts there are: each has a TRACKER wallet from its opening on. */
export async function knownAccounts(tx: EntityManager, ids: readonly string[]): Promise<Set<string>> {
  const rows: { id: string }[] = await tx.query(
    `select account_id as id from wallet where account_id = any($1) and kind = 'TRACKER'`,
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}
