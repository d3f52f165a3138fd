import { lockRow } from '@comptoir/shared/database/lockRow.ts';
import { type EntityManager, In, MoreThan } from 'typeorm';
import { lockPerson } from '../credentials/voidOn.ts';
import { type Language, MembershipTable, UserTable } from '../people/userTables.ts';
import { INVITATION, type InvitationRow, InvitationTable } from './invitationTables.ts';

/** An invitation with what the answer depends on: whether its person has a login, and one that may answer. */
export type AskedRow = InvitationRow & {
  hasLogin: boolean;
  verified: boolean;
  active: boolean;
  personLanguage: Language;
};

const ASKED = `select ${INVITATION}, u.password_hash is not null as "hasLogin", u.verified, u.status = 'ACTIVE' as active, u.language as "personLanguage"
  from invitation i join app_user u on u.id = i.user_id`;

/** The invitation that a secret opens, or that an id names; null when there is none. For the system role. */
export async function findAsked(
  tx: EntityManager,
  by: { secretHash: string } | { id: string },
): Promise<AskedRow | null> {
  const [row] =
    'id' in by
      ? await tx.query(`${ASKED} where i.id = $1`, [by.id])
      : await tx.query(`${ASKED} where i.secret_hash = $1`, [by.secretHash]);
  return row ?? null;
}

/**
 * As `findAsked`, with the rows of person and invitation locked, in this order: of two answers, or an answer and a
 * withdrawal, one comes second and finds what the first left. For the system role.
 */
export async function lockAsked(
  tx: EntityManager,
  by: { secretHash: string } | { id: string },
): Promise<AskedRow | null> {
  const found = await findAsked(tx, by);
  if (found === null) return null;
  await lockPerson(tx, found);
  await lockRow(tx, InvitationTable, { id: found.id }, { id: true });
  // Read again: it may have been answered, withdrawn or mailed anew while we waited.
  return await findAsked(tx, by);
}

/** The person is in. For the system role. */
export async function saveAccepted(tx: EntityManager, { id, membershipId }: InvitationRow, at: Date): Promise<void> {
  await tx.update(InvitationTable, { id }, { status: 'ACCEPTED', secretHash: null, answeredAt: at });
  await tx.query(`update membership set status = 'ACTIVE', accepted_at = coalesce(accepted_at, $2) where id = $1`, [
    membershipId,
    at,
  ]);
}

/**
 * Keeps the hash of the secret that the next mail carries; false when another mail was asked for, or the invitation is
 * over. For the system role.
 */
export async function saveSecret(
  tx: EntityManager,
  { id, mailId }: { id: string; mailId: string },
  hash: string,
  now: Date,
): Promise<boolean> {
  const awaited = { id, mailId, status: In(['PENDING', 'INVITATION_SENT'] as const), expiresAt: MoreThan(now) };
  const { affected } = await tx.update(InvitationTable, awaited, { secretHash: hash });
  return affected === 1;
}

/** The mail was handed over. One that was answered or withdrawn meanwhile stays so. For the system role. */
export async function saveSent(
  tx: EntityManager,
  { id, mailId }: { id: string; mailId: string },
  now: Date,
): Promise<void> {
  const { raw } = await tx
    .createQueryBuilder()
    .update(InvitationTable)
    .set({ status: 'INVITATION_SENT', sentAt: now })
    .where({ id, mailId, status: 'PENDING' })
    .returning(['membershipId'])
    .execute();
  if (raw.length === 0) return;
  await tx.update(MembershipTable, { id: raw[0].membership_id, status: 'PENDING' }, { status: 'INVITATION_SENT' });
}

/**
 * A person without a login chooses a password, having followed a link to their address, which is given back. For the
 * system role.
 */
export async function saveFirstPassword(
  tx: EntityManager,
  userId: string,
  { passwordHash, displayName, language }: { passwordHash: string; displayName: string | null; language: Language },
): Promise<string> {
  const { raw } = await tx
    .createQueryBuilder()
    .update(UserTable)
    .set({ passwordHash, verified: true, language, ...(displayName === null ? {} : { displayName }) })
    .where({ id: userId })
    .returning(['email'])
    .execute();
  return raw[0].email;
}
