import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { EntityManager } from 'typeorm';
import { loadApiKeys } from '../apiKeys/apiKeyStore.ts';
import type { ApiKeyRow } from '../apiKeys/apiKeyTables.ts';

export type MemberKeyRow = ApiKeyRow & { membershipId: string };

/** A key that would stop with its owner: it has not ended otherwise, also where it is not good yet. */
const GOES_ON = 'k.revoked_at is null and (k.expires_at is null or k.expires_at > $1)';

const NEWEST_FIRST = {
  keys: [
    { by: 'k.created_at', kind: 'instant' },
    { by: 'k.id', kind: 'id' },
  ],
  descending: true,
} as const;
const OF_MEMBER = {
  ...NEWEST_FIRST,
  select: 'm.id as "of", k.id',
  from: 'membership m join api_key k on k.account_id = m.account_id and k.user_id = m.user_id',
} as const;
const ALL: KeysetList = { ...OF_MEMBER, where: 'm.id = owner.id' };
const ENDING: KeysetList = { ...OF_MEMBER, where: `m.id = owner.id and ${GOES_ON}` };
const KNOWN: KeysetList = {
  ...OF_MEMBER,
  from: `membership m join api_key k on k.account_id = m.account_id
    and (k.secret_by = m.user_id or (k.previous_by = m.user_id and k.previous_until > $1))
    and k.user_id is distinct from m.user_id`,
  where: `m.id = owner.id and ${GOES_ON}`,
};
const ENDING_OF_USER: KeysetList = {
  ...NEWEST_FIRST,
  select: 'k.user_id as "of", k.id',
  from: 'api_key k',
  where: `k.user_id = owner.id and ${GOES_ON}`,
};

/** One page per membership of the keys to the account that are its person's, newest first. */
export async function loadMemberKeys(
  tx: EntityManager,
  membershipIds: readonly string[],
  page: Page,
): Promise<MemberKeyRow[]> {
  const rows = await loadKeysetPages<Found>(tx, ALL, { owners: membershipIds, page });
  return (await withKeys(tx, rows)).map(({ of, key }) => ({ ...key, membershipId: of }));
}

/** As `loadMemberKeys`, of those that would stop with the membership at that instant. */
export async function loadEndingKeys(
  tx: EntityManager,
  membershipIds: readonly string[],
  page: Page,
  { now }: { now: Date },
): Promise<MemberKeyRow[]> {
  const rows = await loadKeysetPages<Found>(tx, ENDING, { owners: membershipIds, page, values: [now] });
  return (await withKeys(tx, rows)).map(({ of, key }) => ({ ...key, membershipId: of }));
}

/**
 * As `loadEndingKeys`, of the keys that go on without the person and whose secret they may know: it was shown to them,
 * and the key is another member's or the account's.
 */
export async function loadKnownKeys(
  tx: EntityManager,
  membershipIds: readonly string[],
  page: Page,
  { now }: { now: Date },
): Promise<MemberKeyRow[]> {
  const rows = await loadKeysetPages<Found>(tx, KNOWN, { owners: membershipIds, page, values: [now] });
  return (await withKeys(tx, rows)).map(({ of, key }) => ({ ...key, membershipId: of }));
}

export type KeyCountRow = { membershipId: string; count: number };

/** How many keys would stop with each membership at that instant, as far as the viewer sees them. */
export async function countEndingKeys(
  tx: EntityManager,
  membershipIds: readonly string[],
  now: Date,
): Promise<KeyCountRow[]> {
  return await tx.query(
    `select m.id as "membershipId", count(k.id)::int as count
     from membership m left join api_key k on k.account_id = m.account_id and k.user_id = m.user_id
       and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2)
     where m.id = any($1::uuid[]) group by m.id`,
    [membershipIds, now],
  );
}

export type PersonKeyRow = ApiKeyRow & { ofUser: string };

/** One page per person of the keys, to whatever account, that would stop with their login. */
export async function loadEndingKeysOfUsers(
  tx: EntityManager,
  userIds: readonly string[],
  page: Page,
  { now }: { now: Date },
): Promise<PersonKeyRow[]> {
  const rows = await loadKeysetPages<Found>(tx, ENDING_OF_USER, { owners: userIds, page, values: [now] });
  return (await withKeys(tx, rows)).map(({ of, key }) => ({ ...key, ofUser: of }));
}

type Found = { of: string; id: string };

/** The keys of a page, in its order. */
async function withKeys(tx: EntityManager, rows: readonly Found[]): Promise<{ of: string; key: ApiKeyRow }[]> {
  const ids = rows.map(({ id }) => id);
  const keys = new Map((await loadApiKeys(tx, ids)).map((key) => [key.id, key]));
  return rows.flatMap(({ of, id }) => {
    const key = keys.get(id);
    return key === undefined ? [] : [{ of, key }];
  });
}
