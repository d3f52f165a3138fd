import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import { lockRow } from '@comptoir/shared/database/lockRow.ts';
import { enqueue } from '@comptoir/shared/jobs/jobs.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { Any, type EntityManager } from 'typeorm';
import { type Language, type MembershipRow, MembershipTable, UserTable } from '../people/userTables.ts';
import { INVITATION, type InvitationRow, InvitationTable } from './invitationTables.ts';

/** Row-level security decides which of them exist for this viewer. */
export async function loadInvitations(tx: EntityManager, ids: readonly string[]): Promise<InvitationRow[]> {
  return await tx.findBy(InvitationTable, { id: Any([...ids]) });
}

/** The newest invitation of each membership. */
export async function loadNewestInvitations(
  tx: EntityManager,
  membershipIds: readonly string[],
): Promise<InvitationRow[]> {
  return await tx.query(
    `select found.* from unnest($1::uuid[]) as membership (id)
     cross join lateral (select ${INVITATION} from invitation i where i.membership_id = membership.id order by i.seq desc limit 1) as found`,
    [membershipIds],
  );
}

const NEWEST_FIRST = {
  select: INVITATION,
  from: 'invitation i',
  keys: [
    { by: 'i.created_at', kind: 'instant' },
    { by: 'i.id', kind: 'id' },
  ],
  descending: true,
} as const;
const OF_ACCOUNT: KeysetList = { ...NEWEST_FIRST, where: 'i.account_id = owner.id' };
const WAITING: KeysetList = {
  ...NEWEST_FIRST,
  where: `i.user_id = owner.id and i.status in ('PENDING', 'INVITATION_SENT') and i.expires_at > $1`,
};

/** One page per account of its invitations, newest first. */
export async function loadAccountInvitations(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
): Promise<InvitationRow[]> {
  return await loadKeysetPages(tx, OF_ACCOUNT, { owners: accountIds, page });
}

/** One page per person of the invitations that wait for their answer at that instant, newest first. */
export async function loadWaitingInvitations(
  tx: EntityManager,
  userIds: readonly string[],
  page: Page,
  { now }: { now: Date },
): Promise<InvitationRow[]> {
  return await loadKeysetPages(tx, WAITING, { owners: userIds, page, values: [now] });
}

/** Locks an invitation for a decision about it; null when it is not there for this viewer. */
export async function lockInvitation(tx: EntityManager, id: string): Promise<InvitationRow | null> {
  return await lockRow(tx, InvitationTable, { id });
}

/**
 * The person of an address, made when there is none (O02), and whether they have a login (O07): one call, the same for
 * every address.
 */
export async function personToInvite(
  tx: EntityManager,
  email: string,
  now: Date,
): Promise<{ userId: string; hasLogin: boolean }> {
  const [row] = await tx.query(
    'select user_id as "userId", has_login as "hasLogin" from person_to_invite($1, $2, $3)',
    [email, newId(), now],
  );
  return row;
}

/**
 * The card by which a person is a contact of an account (G09), whether or not the viewer sees cards; null when they are
 * none.
 */
export async function findCardOf(
  tx: EntityManager,
  { accountId, userId, email }: { accountId: string; userId: string; email: string },
): Promise<string | null> {
  const [row] = await tx.query('select contact_card_of($1, $2, $3) as card', [accountId, userId, email]);
  return row.card;
}

/** Locks the membership of a person in an account; null when there is none that this viewer may change. */
export async function lockMembershipOf(
  tx: EntityManager,
  { userId, accountId }: { userId: string; accountId: string },
): Promise<MembershipRow | null> {
  return await lockRow(tx, MembershipTable, { userId, accountId });
}

/** Adds a membership that waits for its person; false when there is one already. */
export async function addPendingMembership(tx: EntityManager, membership: MembershipRow): Promise<boolean> {
  const added: unknown[] = await tx.query(
    `insert into membership (id, user_id, account_id, type, role, areas, networks, branches, contact_id, status, account_ready, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'PENDING', true, $10) on conflict (user_id, account_id) do nothing returning id`,
    [
      membership.id,
      membership.userId,
      membership.accountId,
      membership.type,
      membership.role,
      membership.areas,
      membership.networks,
      membership.branches,
      membership.contactId,
      membership.createdAt,
    ],
  );
  return added.length === 1;
}

/** Asks a person again who refused, was removed, or whose invitation was withdrawn: with what is given now. */
export async function askAgain(tx: EntityManager, membership: MembershipRow): Promise<void> {
  const { id, type, role, areas, networks, branches, contactId } = membership;
  await tx.update(MembershipTable, { id }, { type, role, areas, networks, branches, contactId, status: 'PENDING' });
}

export async function addInvitation(tx: EntityManager, invitation: InvitationRow): Promise<void> {
  await tx.insert(InvitationTable, invitation);
  await queueMail(tx, invitation);
}

/**
 * Has it mailed again: the link of an earlier mail is dead with this commit, and the membership waits for the new mail.
 */
export async function saveResend(tx: EntityManager, invitation: InvitationRow): Promise<void> {
  const { id, mailId, askedAt, expiresAt, givenBy, givenVia } = invitation;
  const waits = { status: 'PENDING', secretHash: null, sentAt: null } as const;
  await tx.update(InvitationTable, { id }, { ...waits, mailId, askedAt, expiresAt, givenBy, givenVia });
  await tx.update(MembershipTable, { id: invitation.membershipId }, { status: 'PENDING' });
  await queueMail(tx, invitation);
}

async function queueMail(tx: EntityManager, { id, mailId }: InvitationRow): Promise<void> {
  await enqueue(tx, 'identity', { queue: 'mail', id: mailId, payload: { invitationId: id } });
}

/** Ends an invitation and makes its membership follow. Its link is dead with this commit. */
export async function saveEnd(
  tx: EntityManager,
  { id, membershipId }: InvitationRow,
  status: 'REJECTED' | 'WITHDRAWN',
  at: Date,
): Promise<void> {
  await tx.update(InvitationTable, { id }, { status, secretHash: null, answeredAt: at });
  await tx.update(MembershipTable, { id: membershipId }, { status });
}

/** The language of a person's mails. */
export async function findLanguage(tx: EntityManager, userId: string): Promise<Language> {
  return (await tx.findOneBy(UserTable, { id: userId }))?.language ?? 'EN';
}
