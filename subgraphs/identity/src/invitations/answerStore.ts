import type { EntityManager } from 'typeorm';
import { lockPerson } from '../credentials/voidOn.ts';
import type { Language } from '../people/userTables.ts';
import { INVITATION, type InvitationRow } from './invitationTables.ts';

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
  await tx.query('select from invitation where id = $1 for update', [found.id]);
  // Read again: it may have been answered, withdrawn or mailed anew while we waited.
  return await findAsked(tx, by);
}

/** The person is in. For the system role. */
export async function saveAccepted(tx: EntityManager, { id, membershipId }: InvitationRow, at: Date): Promise<void> {
  await tx.query(`update invitation set status = 'ACCEPTED', secret_hash = null, answered_at = $2 where id = $1`, [
    id,
    at,
  ]);
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
  const [rows] = await tx.query(
    `update invitation set secret_hash = $3
     where id = $1 and mail_id = $2 and status in ('PENDING', 'INVITATION_SENT') and expires_at > $4 returning id`,
    [id, mailId, hash, now],
  );
  return rows.length === 1;
}

/** The mail was handed over. One that was answered or withdrawn meanwhile stays so. For the system role. */
export async function saveSent(
  tx: EntityManager,
  { id, mailId }: { id: string; mailId: string },
  now: Date,
): Promise<void> {
  const [rows] = await tx.query(
    `update invitation set status = 'INVITATION_SENT', sent_at = $3
     where id = $1 and mail_id = $2 and status = 'PENDING' returning membership_id`,
    [id, mailId, now],
  );
  if (rows.length === 0) return;
  await tx.query(`update membership set status = 'INVITATION_SENT' where id = $1 and status = 'PENDING'`, [
    rows[0].membership_id,
  ]);
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
  const [rows] = await tx.query(
    `update app_user set password_hash = $2, verified = true, display_name = coalesce($3, display_name), language = $4 where id = $1 returning email`,
    [userId, passwordHash, displayName, language],
  );
  return rows[0].email;
}
