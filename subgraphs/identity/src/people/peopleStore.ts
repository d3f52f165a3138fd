import { AccountNetworkTable } from '@comptoir/shared/database/accessTables.ts';
import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import { lockRow } from '@comptoir/shared/database/lockRow.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { holds } from '@comptoir/shared/viewer/viewer.ts';
import { Any, type EntityManager } from 'typeorm';
import { type MembershipRow, type MembershipStatus, MembershipTable, type UserRow, UserTable } from './userTables.ts';

/** The columns of a `MembershipRow` for SQL written by hand; the table goes by `m`. */
export const MEMBERSHIP = columnsOf(MembershipTable, 'm');

/**
 * Row-level security decides which of them exist for this viewer. Of those who left an account of the viewer's the
 * address is what that account knew of it, not what they changed it to since (G14): null when it never wrote one
 * itself.
 */
export async function loadUsers(tx: EntityManager, ids: readonly string[]): Promise<UserRow[]> {
  const found = await tx.findBy(UserTable, { id: Any([...ids]) });
  const missing = ids.filter((id) => !found.some((user) => user.id === id));
  if (missing.length === 0) return found;
  const left: UserRow[] = await tx.query(`select ${columnsOf(UserTable, 'w')} from people_who_left($1) w`, [missing]);
  return [...found, ...left];
}

/** Row-level security decides which of them exist for this viewer. */
export async function loadMemberships(tx: EntityManager, ids: readonly string[]): Promise<MembershipRow[]> {
  return await tx.findBy(MembershipTable, { id: Any([...ids]) });
}

/** The membership of a person in an account; null when there is none for this viewer. */
export async function findMembershipOf(
  tx: EntityManager,
  { userId, accountId }: { userId: string; accountId: string },
): Promise<MembershipRow | null> {
  return await tx.findOneBy(MembershipTable, { userId, accountId });
}

/**
 * Policies open to a person their own memberships and whole accounts; what the shield knows of areas and keys is asked
 * here, for references that come by `_entities`: others' memberships need SECURITY, and a key stays within its account.
 */
export function maySeeMembership(viewer: Viewer, row: MembershipRow): boolean {
  if (viewer.kind === 'SERVICE' || viewer.userId === null) return false;
  if (row.userId !== viewer.userId) return holds(viewer, 'SECURITY', 'READ');
  return viewer.kind !== 'KEY' || row.accountId === viewer.accountId;
}

/** As `maySeeMembership`: other people than oneself need SECURITY. */
export function maySeeUser(viewer: Viewer, row: UserRow): boolean {
  if (viewer.kind === 'SERVICE' || viewer.userId === null) return false;
  return row.id === viewer.userId || holds(viewer, 'SECURITY', 'READ');
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
const OF_ACCOUNT: KeysetList = {
  ...NEWEST_FIRST,
  where: `m.account_id = owner.id
    and (m.status = $1 or ($1::text is null and m.status not in ('WITHDRAWN', 'REMOVED')))`,
};
const OF_PERSON: KeysetList = {
  ...NEWEST_FIRST,
  where: `m.user_id = owner.id and m.status = 'ACTIVE' and ($1::uuid is null or m.account_id = $1)`,
};

/** One page per account of its people, newest first; without a status those who are in it, or are to be (O11). */
export async function loadPeoplePages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
  { status }: { status: MembershipStatus | null },
): Promise<MembershipRow[]> {
  return await loadKeysetPages(tx, OF_ACCOUNT, { owners: accountIds, page, values: [status] });
}

/** One page per person of where they are a member, newest first; within one account when `accountId` says so. */
export async function loadMembershipPages(
  tx: EntityManager,
  userIds: readonly string[],
  page: Page,
  { accountId }: { accountId: string | null },
): Promise<MembershipRow[]> {
  return await loadKeysetPages(tx, OF_PERSON, { owners: userIds, page, values: [accountId] });
}

export type AccountNetworksRow = { id: string; networks: string[] };

/**
 * The network lists of those accounts that the viewer may see; without the scope an account that is not seen would look
 * like one without a list.
 */
export async function loadAccountNetworks(
  tx: EntityManager,
  accountIds: readonly string[],
): Promise<AccountNetworksRow[]> {
  return await tx.query(
    `select account.id, coalesce(n.networks, '{}') as networks
     from unnest($1::uuid[]) as account (id) left join access.account_network n on n.account = account.id
     where ${inScope('account.id', 'SECURITY', 'READ')}`,
    [accountIds],
  );
}

/** Locks a membership for a decision about it; null when it is not there for this viewer. */
export async function lockMembership(tx: EntityManager, id: string): Promise<MembershipRow | null> {
  return await lockRow(tx, MembershipTable, { id });
}

/**
 * Replaces the network list of an account; an empty list is no row. For the system role, after the caller's account was
 * checked.
 */
export async function saveAccountNetworks(tx: EntityManager, accountId: string, networks: string[]): Promise<void> {
  if (networks.length === 0) {
    await tx.delete(AccountNetworkTable, { account: accountId });
    return;
  }
  await tx.upsert(AccountNetworkTable, { account: accountId, networks }, ['account']);
}

/** A membership with the limits of its account. */
export type EntryRow = MembershipRow & {
  accountNetworks: string[];
  /** The account requires a second factor, and the person has none (N25). */
  secondFactorMissing: boolean;
};

/**
 * The active memberships of an active person, oldest first: what they choose from at log-in (O13). For the system role.
 */
export async function loadEntries(tx: EntityManager, userId: string): Promise<EntryRow[]> {
  return await tx.query(
    `select ${MEMBERSHIP}, coalesce(n.networks, '{}') as "accountNetworks",
            exists (select from access.account_second_factor f where f.account = m.account_id)
              and not exists (select from totp t where t.user_id = m.user_id and t.confirmed_at is not null) as "secondFactorMissing"
     from membership m join app_user u on u.id = m.user_id and u.status = 'ACTIVE'
     left join access.account_network n on n.account = m.account_id
     where m.user_id = $1 and m.status = 'ACTIVE'
     order by m.created_at, m.id`,
    [userId],
  );
}
