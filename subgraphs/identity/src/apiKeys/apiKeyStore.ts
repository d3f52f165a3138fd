import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import { lockRow } from '@comptoir/shared/database/lockRow.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { Role } from '@comptoir/shared/viewer/roles.ts';
import { Any, type EntityManager } from 'typeorm';
import { MembershipTable, UserTable } from '../people/userTables.ts';
import { type ApiKeyRow, ApiKeyTable } from './apiKeyTables.ts';
import type { OwnerStanding } from './apiKeyWidening.ts';

/** Row-level security decides which of them exist for this viewer. */
export async function loadApiKeys(tx: EntityManager, ids: readonly string[]): Promise<ApiKeyRow[]> {
  return await tx.findBy(ApiKeyTable, { id: Any([...ids]) });
}

const OF_ACCOUNT: KeysetList = {
  select: columnsOf(ApiKeyTable, 'k'),
  from: 'api_key k',
  where: 'k.account_id = owner.id',
  keys: [
    { by: 'k.created_at', kind: 'instant' },
    { by: 'k.id', kind: 'id' },
  ],
  descending: true,
};

/** One page per account of its keys, newest first. */
export async function loadApiKeyPages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
): Promise<ApiKeyRow[]> {
  return await loadKeysetPages(tx, OF_ACCOUNT, { owners: accountIds, page });
}

/** Adds a key by the hash of its text, which its maker is shown. */
export async function addApiKey(tx: EntityManager, key: ApiKeyRow, hash: string): Promise<void> {
  await tx.insert(ApiKeyTable, { ...key, hash, secretBy: key.createdBy });
}

/** Locks a key for a decision about it; null when it is not there for this viewer. */
export async function lockApiKey(tx: EntityManager, id: string): Promise<ApiKeyRow | null> {
  return await lockRow(tx, ApiKeyTable, { id });
}

export async function saveRevoked(tx: EntityManager, id: string, at: Date): Promise<void> {
  await tx.update(ApiKeyTable, { id }, { revokedAt: at });
}

/**
 * Puts a new secret in the place of the one in force, which is good until `until`. The key is locked and the viewer may
 * change it.
 */
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
  await tx.update(ApiKeyTable, { id }, { name, areas, networks, notBefore, expiresAt, accounts, creditBudget });
}

/** Returns a locked key to a member, or to its account. */
export async function saveOwner(tx: EntityManager, id: string, userId: string | null): Promise<void> {
  await tx.update(ApiKeyTable, { id }, { userId });
}

/** With which role a key acts: its owner's in the account; null for a key of the account itself. */
export async function findOwnerRole(tx: EntityManager, { userId, accountId }: ApiKeyRow): Promise<Role | null> {
  if (userId === null) return null;
  return (await tx.findOneBy(MembershipTable, { userId, accountId }))?.role ?? null;
}

/**
 * Within what a key of that owner acts now: an active member's own, or the account's, which is a MEMBER without limits.
 * Null when no one lets it act.
 */
export async function findOwnerStanding(
  tx: EntityManager,
  { userId, accountId }: Pick<ApiKeyRow, 'userId' | 'accountId'>,
): Promise<OwnerStanding | null> {
  if (userId === null) return { role: 'MEMBER', areas: null, branches: null, networks: [] };
  const [row] = await tx.query(
    `select ${columnsOf(MembershipTable, 'm', ['role', 'areas', 'branches', 'networks'])}
     from membership m join app_user u on u.id = m.user_id and u.status = 'ACTIVE'
     where m.user_id = $1 and m.account_id = $2 and m.status = 'ACTIVE'`,
    [userId, accountId],
  );
  return row ?? null;
}

/** Whether the login of a person is open, as far as the viewer sees the person. */
export async function findUserIsActive(tx: EntityManager, userId: string): Promise<boolean> {
  return await tx.existsBy(UserTable, { id: userId, status: 'ACTIVE' });
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
