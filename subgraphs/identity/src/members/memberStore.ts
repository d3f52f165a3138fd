import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { EntityManager } from 'typeorm';
import { lockMembership, MEMBERSHIP } from '../people/peopleStore.ts';
import {
  type MembershipRow,
  type MembershipStatus,
  MembershipTable,
  type UserRow,
  UserTable,
} from '../people/userTables.ts';

export type HeldOwners = { target: MembershipRow; owners: string[] };

/**
 * Locks the active owners of a membership's account and then the membership itself: of two owners who end each other at
 * once the second finds what the first left. Always in this order, owners by id. Null when the membership is not there
 * for this viewer.
 */
export async function lockWithOwners(tx: EntityManager, membershipId: string): Promise<HeldOwners | null> {
  const found = await tx.findOneBy(MembershipTable, { id: membershipId });
  if (found === null) return null;
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
    `select ${columnsOf(MembershipTable, 'm', ['accountId'])}, array_agg(m.id) as owners
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

const PEOPLE: KeysetList = {
  select: columnsOf(UserTable, 'u'),
  from: 'app_user u',
  where: '$1::text is null or strpos(u.email, lower($1)) > 0 or strpos(lower(u.display_name), lower($1)) > 0',
  keys: [{ by: 'u.email', kind: 'text' }],
};

/** One page of people, by e-mail. */
export async function loadUserPage(
  tx: EntityManager,
  page: Page,
  search: string | null,
): Promise<(UserRow & { email: string })[]> {
  return await loadKeysetPages(tx, PEOPLE, { page, values: [search] });
}

const NEWEST_FIRST = {
  select: MEMBERSHIP,
  from: 'membership m',
  keys: [
    { by: 'm.created_at', kind: 'instant' },
    { by: 'm.id', kind: 'id' },
  ],
  descending: true,
} as const;
const CONTACTS_AND_GUESTS: KeysetList = {
  ...NEWEST_FIRST,
  where: `m.type in ('CONTACT', 'GUEST') and ($1::text is null or m.type = $1) and ($2::text is null or m.status = $2)`,
};
const OF_PERSON: KeysetList = { ...NEWEST_FIRST, where: 'm.user_id = owner.id' };

/** One page of all contacts and guests, newest first (O16). */
export async function loadContactsAndGuests(
  tx: EntityManager,
  page: Page,
  { type, status }: { type: MembershipRow['type'] | null; status: MembershipStatus | null },
): Promise<MembershipRow[]> {
  return await loadKeysetPages(tx, CONTACTS_AND_GUESTS, { page, values: [type, status] });
}

/** One page per person of all their memberships, whatever has become of them, newest first (O15). */
export async function loadAccessLists(
  tx: EntityManager,
  userIds: readonly string[],
  page: Page,
): Promise<MembershipRow[]> {
  return await loadKeysetPages(tx, OF_PERSON, { owners: userIds, page });
}

/** Shuts or opens a login; false when there is no such person. For the system role. */
export async function saveUserStatus(tx: EntityManager, userId: string, status: UserRow['status']): Promise<boolean> {
  const { affected } = await tx.update(UserTable, { id: userId }, { status });
  return affected === 1;
}
