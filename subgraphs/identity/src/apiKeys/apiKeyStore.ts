import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { Role } from '@comptoir/shared/viewer/roles.ts';
import { Any, type EntityManager } from 'typeorm';
import { type ApiKeyRow, ApiKeyTable } from './apiKeyTables.ts';
import type { OwnerStanding } from './apiKeyWidening.ts';

/** Row-level security decides which of them exist for this viewer. */
export async function loadApiKeys(tx: EntityManager, ids: readonly string[]): Promise<ApiKeyRow[]> {
  return await tx.findBy(ApiKeyTable, { id: Any([...ids]) });
}

/** One page per account of its keys, newest first. */
export async function loadApiKeyPages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
): Promise<ApiKeyRow[]> {
  const [createdAt, id] = page.after ?? [null, null];
  return await tx.query(
    `select found.*
     from unnest($1::uuid[]) as account (id)
     cross join lateral (
       select k.id, k.account_id as "accountId", k.user_id as "userId", k.created_by as "createdBy", k.name, k.last_four as "lastFour", k.areas, k.networks,
              k.not_before as "notBefore", k.expires_at as "expiresAt", k.revoked_at as "revokedAt", k.created_at as "createdAt",
              k.last_used_at as "lastUsedAt", k.accounts, k.preview, k.credit_budget::float8 as "creditBudget",
              k.previous_until as "previousUntil", k.rotated_at as "rotatedAt"
       from api_key k
       where k.account_id = account.id and ($2::timestamptz is null or (k.created_at, k.id) < ($2, $3::uuid))
       order by k.created_at desc, k.id desc
       limit $4
     ) as found`,
    [accountIds, createdAt, id, page.first + 1],
  );
}

/** Adds a key by the hash of its text. */
export async function addApiKey(tx: EntityManager, key: ApiKeyRow, hash: string): Promise<void> {
  await tx.query(
    `insert into api_key (id, account_id, user_id, name, hash, last_four, areas, networks, not_before, expires_at, created_at, accounts, preview, credit_budget, created_by, secret_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)`,
    [
      key.id,
      key.accountId,
      key.userId,
      key.name,
      hash,
      key.lastFour,
      key.areas,
      key.networks,
      key.notBefore,
      key.expiresAt,
      key.createdAt,
      key.accounts,
      key.preview,
      key.creditBudget,
      key.createdBy,
    ],
  );
}

/** Locks a key for a decision about it; null when it is not there for this viewer. */
export async function lockApiKey(tx: EntityManager, id: string): Promise<ApiKeyRow | null> {
  return await tx
    .createQueryBuilder(ApiKeyTable, 'api_key')
    .setLock('pessimistic_write')
    .where('api_key.id = :id', { id })
    .getOne();
}

export async function saveRevoked(tx: EntityManager, id: string, at: Date): Promise<void> {
  await tx.query('update api_key set revoked_at = $2 where id = $1', [id, at]);
}

/** Puts a new secret in the place of the one in force, which is good until `until`. The key is locked and the viewer may change it. */
export async function saveRotation(
  tx: EntityManager,
  id: string,
  { hash, lastFour, until, at }: { hash: string; lastFour: string; until: Date; at: Date },
): Promise<void> {
  await tx.query('select api_key_rotate($1, $2, $3, $4, $5)', [id, hash, lastFour, until, at]);
}

/** Writes what of a locked key can be changed. */
export async function saveApiKey(tx: EntityManager, key: ApiKeyRow): Promise<void> {
  const { id, name, areas, networks, notBefore, expiresAt, accounts, creditBudget } = key;
  await tx.query(
    `update api_key set name = $2, areas = $3, networks = $4, not_before = $5, expires_at = $6, accounts = $7, credit_budget = $8 where id = $1`,
    [id, name, areas, networks, notBefore, expiresAt, accounts, creditBudget],
  );
}

/** Gives a locked key to a member, or to its account. */
export async function saveOwner(tx: EntityManager, id: string, userId: string | null): Promise<void> {
  await tx.query('update api_key set user_id = $2 where id = $1', [id, userId]);
}

/** With which role a key acts: its owner's in the account; null for a key of the account itself. */
export async function findOwnerRole(tx: EntityManager, { userId, accountId }: ApiKeyRow): Promise<Role | null> {
  if (userId === null) return null;
  const [row] = await tx.query('select role from membership where user_id = $1 and account_id = $2', [
    userId,
    accountId,
  ]);
  return row?.role ?? null;
}

/**
 * Within what a key of that owner acts now: an active member's own, or the account's, which is a MEMBER without limits.
 * Null when nobody lets it act.
 */
export async function findOwnerStanding(
  tx: EntityManager,
  { userId, accountId }: Pick<ApiKeyRow, 'userId' | 'accountId'>,
): Promise<OwnerStanding | null> {
  if (userId === null) return { role: 'MEMBER', areas: null, branches: null, networks: [] };
  const [row] = await tx.query(
    `select m.role, m.areas, m.branches, m.networks
     from membership m join app_user u on u.id = m.user_id and u.status = 'ACTIVE'
     where m.user_id = $1 and m.account_id = $2 and m.status = 'ACTIVE'`,
    [userId, accountId],
  );
  return row ?? null;
}

/** Whether the login of a person is open, as far as the viewer sees the person. */
export async function findUserIsActive(tx: EntityManager, userId: string): Promise<boolean> {
  return (await tx.query(`select from app_user where id = $1 and status = 'ACTIVE'`, [userId])).length === 1;
}

/** Notes uses, in one statement; a key is written at most once a minute. For the system role. */
export async function saveLastUsed(tx: EntityManager, uses: readonly { keyId: string; usedAt: Date }[]): Promise<void> {
  await tx.query(
    `update api_key k set last_used_at = used.at
     from (select id, max(at) as at from unnest($1::uuid[], $2::timestamptz[]) as u (id, at) group by id) as used
     where k.id = used.id and (k.last_used_at is null or k.last_used_at <= used.at - interval '1 minute')`,
    [uses.map(({ keyId }) => keyId), uses.map(({ usedAt }) => usedAt)],
  );
}
