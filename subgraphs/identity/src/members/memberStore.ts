import { inScope } from '@comptoir/shared/database/rowScope.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { EntityManager } from 'typeorm';
import { lockMembership, MEMBERSHIP } from '../people/peopleStore.ts';
import type { MembershipRow, MembershipStatus, UserRow } from '../people/userTables.ts';

export type HeldOwners = { target: MembershipRow; owners: string[] };

/**
 * Locks the active owners of a membership's account and then the membership itself: of two owners who end each other at once the second finds what the
 * first left. Always in this order, owners by id. Null when the membership is not there for this viewer.
 */
export async function lockWithOwners(tx: EntityManager, membershipId: string): Promise<HeldOwners | null> {
  const [found] = await tx.query('select account_id as "accountId" from membership where id = $1', [membershipId]);
  if (found === undefined) return null;
  const owners: { id: string }[] = await tx.query(
    `select m.id from membership m
     where m.account_id = $1 and m.role = 'OWNER' and m.status = 'ACTIVE'
       and exists (select from app_user u where u.id = m.user_id and u.status = 'ACTIVE')
     order by m.id for update of m`,
    [found.accountId],
  );
  const target = await lockMembership(tx, membershipId);
  return target === null ? null : { target, owners: owners.map(({ id }) => id) };
}

export type OwnersRow = { accountId: string; owners: string[] };

/** The active owners of accounts, as far as the viewer sees them. */
export async function loadOwners(tx: EntityManager, accountIds: readonly string[]): Promise<OwnersRow[]> {
  return await tx.query(
    `select m.account_id as "accountId", array_agg(m.id) as owners
     from membership m join app_user u on u.id = m.user_id and u.status = 'ACTIVE'
     where m.account_id = any($1::uuid[]) and m.role = 'OWNER' and m.status = 'ACTIVE' group by m.account_id`,
    [accountIds],
  );
}

/** Those of the accounts whose people the viewer may write. */
export async function loadWritableAccounts(
  tx: EntityManager,
  accountIds: readonly string[],
): Promise<{ id: string }[]> {
  return await tx.query(`select a.id from unnest($1::uuid[]) as a (id) where ${inScope('a.id', 'SECURITY', 'WRITE')}`, [
    accountIds,
  ]);
}

/** One page of people, by e-mail. */
export async function loadUserPage(
  tx: EntityManager,
  page: Page,
  search: string | null,
): Promise<(UserRow & { email: string })[]> {
  const [email] = page.after ?? [null];
  return await tx.query(
    `select u.id, u.email, u.display_name as "displayName", u.language, u.verified, u.status, u.created_at as "createdAt"
     from app_user u
     where ($1::text is null or u.email > $1)
       and ($2::text is null or strpos(u.email, lower($2)) > 0 or strpos(lower(u.display_name), lower($2)) > 0)
     order by u.email limit $3`,
    [email, search, page.first + 1],
  );
}

/** One page of all contacts and guests, newest first (O16). */
export async function loadContactsAndGuests(
  tx: EntityManager,
  page: Page,
  { type, status }: { type: MembershipRow['type'] | null; status: MembershipStatus | null },
): Promise<MembershipRow[]> {
  const [createdAt, id] = page.after ?? [null, null];
  return await tx.query(
    `select ${MEMBERSHIP} from membership m
     where m.type in ('CONTACT', 'GUEST') and ($1::text is null or m.type = $1) and ($2::text is null or m.status = $2)
       and ($3::timestamptz is null or (m.created_at, m.id) < ($3, $4::uuid))
     order by m.created_at desc, m.id desc limit $5`,
    [type, status, createdAt, id, page.first + 1],
  );
}

/** One page per person of all their memberships, whatever has become of them, newest first (O15). */
export async function loadAccessLists(
  tx: EntityManager,
  userIds: readonly string[],
  page: Page,
): Promise<MembershipRow[]> {
  const [createdAt, id] = page.after ?? [null, null];
  return await tx.query(
    `select found.* from unnest($1::uuid[]) as person (id)
     cross join lateral (
       select ${MEMBERSHIP} from membership m
       where m.user_id = person.id and ($2::timestamptz is null or (m.created_at, m.id) < ($2, $3::uuid))
       order by m.created_at desc, m.id desc limit $4
     ) as found`,
    [userIds, createdAt, id, page.first + 1],
  );
}

/** Shuts or opens a login; false when there is no such person. For the system role. */
export async function saveUserStatus(tx: EntityManager, userId: string, status: UserRow['status']): Promise<boolean> {
  const [rows] = await tx.query('update app_user set status = $2 where id = $1 returning id', [userId, status]);
  return rows.length === 1;
}
