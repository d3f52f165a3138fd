import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { EntityManager } from 'typeorm';

export type Discounts = { resellerBasisPoints: number; migration: { id: string; basisPoints: number } | null };

/**
 * The discounts that `payerId` has now on what it buys for `accountId`, in basis points. With `lock`, the migration discount cannot be used or withdrawn by
 * another before the commit.
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

/** Uses up a migration discount by the quote that was charged with it. Throws when it was used or withdrawn: the caller has read it under a lock. */
export async function useMigrationDiscount(tx: EntityManager, id: string, quoteId: string, now: Date): Promise<void> {
  const [, used] = await tx.query(
    'update migration_discount set used_at = $3, used_quote_id = $2 where id = $1 and used_at is null and withdrawn_at is null',
    [id, quoteId, now],
  );
  if (used !== 1) throw new Error(`The migration discount ${id} was used or withdrawn after it was read.`);
}

export type ResellerDiscount = { id: string; accountId: string; basisPoints: number; setAt: Date };

/** What each partner gets now, as far as the viewer may see it. */
export async function loadResellerDiscounts(
  tx: EntityManager,
  accountIds: readonly string[],
): Promise<ResellerDiscount[]> {
  return await tx.query(
    `select distinct on (account_id) id, account_id as "accountId", basis_points as "basisPoints", set_at as "setAt"
     from reseller_discount where account_id = any($1)
     order by account_id, set_at desc, seq desc`,
    [accountIds],
  );
}

/** One page per partner of what it got, the latest first. */
export async function loadResellerDiscountPages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
): Promise<ResellerDiscount[]> {
  const [setAt, id] = page.after ?? [null, null];
  return await tx.query(
    `select discount.*
     from unnest($1::uuid[]) account (id),
     lateral (
       select id, account_id as "accountId", basis_points as "basisPoints", set_at as "setAt"
       from reseller_discount
       where account_id = account.id and ($2::timestamptz is null or (set_at, id) < ($2, $3::uuid))
       order by set_at desc, id desc
       limit $4) discount`,
    [accountIds, setAt, id, page.first + 1],
  );
}

export type MigrationDiscount = {
  id: string;
  payerId: string;
  accountId: string;
  basisPoints: number;
  grantedAt: Date;
  usedAt: Date | null;
  withdrawnAt: Date | null;
};

const MIGRATION_DISCOUNT = `
  id, payer_id as "payerId", account_id as "accountId", basis_points as "basisPoints", granted_at as "grantedAt", used_at as "usedAt",
  withdrawn_at as "withdrawnAt"`;

export async function loadMigrationDiscounts(tx: EntityManager, ids: readonly string[]): Promise<MigrationDiscount[]> {
  return await tx.query(`select ${MIGRATION_DISCOUNT} from migration_discount where id = any($1)`, [ids]);
}

/** One page per account of the migration discounts that were granted for it, the latest first. */
export async function loadMigrationDiscountPages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
): Promise<MigrationDiscount[]> {
  const [grantedAt, id] = page.after ?? [null, null];
  return await tx.query(
    `select discount.*
     from unnest($1::uuid[]) account (id),
     lateral (
       select ${MIGRATION_DISCOUNT}
       from migration_discount
       where account_id = account.id and ($2::timestamptz is null or (granted_at, id) < ($2, $3::uuid))
       order by granted_at desc, id desc
       limit $4) discount`,
    [accountIds, grantedAt, id, page.first + 1],
  );
}

/** Locks a migration discount for staff who withdraw it. */
export async function lockMigrationDiscount(tx: EntityManager, id: string): Promise<MigrationDiscount | null> {
  const [row]: MigrationDiscount[] = await tx.query(
    `select ${MIGRATION_DISCOUNT} from migration_discount where id = $1 for no key update`,
    [id],
  );
  return row ?? null;
}

/** Takes back what has not been used; the row is locked. */
export async function withdrawMigrationDiscount(tx: EntityManager, id: string, now: Date): Promise<void> {
  await tx.query('update migration_discount set withdrawn_at = $2 where id = $1', [id, now]);
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

export async function addResellerDiscount(
  tx: EntityManager,
  { id, accountId, basisPoints, setAt }: ResellerDiscount,
  by: string,
): Promise<void> {
  await tx.query(
    'insert into reseller_discount (id, account_id, basis_points, set_at, set_by) values ($1, $2, $3, $4, $5)',
    [id, accountId, basisPoints, setAt, by],
  );
}

/** Which of these accounts there are: each has a TRACKER wallet from its opening on. */
export async function knownAccounts(tx: EntityManager, ids: readonly string[]): Promise<Set<string>> {
  const rows: { id: string }[] = await tx.query(
    `select account_id as id from wallet where account_id = any($1) and kind = 'TRACKER'`,
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}
