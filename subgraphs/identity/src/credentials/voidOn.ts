import { lockRow } from '@comptoir/shared/database/lockRow.ts';
import type { EntityManager } from 'typeorm';
import { UserTable } from '../people/userTables.ts';
import { type Thing, type VoidEvent, voidedBy } from './voidTable.ts';

/** Why a session ended, as its row tells. */
const SESSION_REASONS: Partial<Record<VoidEvent, string>> = {
  PASSWORD_RESET: 'PASSWORD_RESET',
  PASSWORD_CHANGED: 'PASSWORD_CHANGE',
  SECOND_FACTOR_ON: 'SECOND_FACTOR',
  SECOND_FACTOR_OFF: 'SECOND_FACTOR',
  USER_DEACTIVATED: 'DEACTIVATED',
};

/** Events of a person. */
export type PersonEvent = Exclude<VoidEvent, 'NEWER' | MembershipEvent>;
export type Voided = {
  userId: string;
  /** The person's address; of a change of it the old and the new one. */
  emails: readonly string[];
  /** The session in which it happens, which goes on; null when there is none. */
  sessionId?: string | null;
  /** By real time. */
  at: Date;
};

type End = (tx: EntityManager, of: Voided, event: PersonEvent) => Promise<unknown>;

const endLinks =
  (kind: 'SIGN_UP' | 'PASSWORD_RESET'): End =>
  (tx, { emails, at }) =>
    tx.query(
      'update link set expires_at = $3 where email = any ($1) and kind = $2 and used_at is null and expires_at > $3',
      [emails, kind, at],
    );

/** How each thing of a person ends. What the account owns ends with no person. */
const ENDS: Record<Exclude<Thing, 'ACCOUNT_KEY'>, End> = {
  SIGN_UP_LINK: endLinks('SIGN_UP'),
  RESET_LINK: endLinks('PASSWORD_RESET'),
  INVITATION_LINK: (tx, { userId }) =>
    tx.query('update invitation set secret_hash = null where user_id = $1 and secret_hash is not null', [userId]),
  // What others began towards an address that this person has now goes too.
  EMAIL_CHANGE: (tx, { userId, emails }) =>
    tx.query('delete from email_change where (user_id = $1 or new_email = any ($2)) and done_at is null', [
      userId,
      emails,
    ]),
  TOTP_PENDING: (tx, { userId }) => tx.query('delete from totp where user_id = $1 and confirmed_at is null', [userId]),
  RECOVERY_CODES: (tx, { userId }) => tx.query('delete from recovery_code where user_id = $1', [userId]),
  LOGIN_CHALLENGE: (tx, { userId }) => tx.query('delete from login_challenge where user_id = $1', [userId]),
  KNOWN_NETWORK: (tx, { userId }) => tx.query('delete from known_network where user_id = $1', [userId]),
  SESSION: (tx, { userId, sessionId = null, at }, event) =>
    tx.query(
      `update session set revoked_at = $3, revoked_reason = $4
       where user_id = $1 and kind = 'LOG_IN' and id is distinct from $2::uuid and revoked_at is null`,
      [userId, sessionId, at, SESSION_REASONS[event]],
    ),
  // Those that were started from a session that goes on end as well.
  LOGIN_AS: (tx, { userId, at }, event) =>
    tx.query(
      `update session set revoked_at = $2, revoked_reason = $3 where user_id = $1 and kind = 'LOGIN_AS' and revoked_at is null`,
      [userId, at, SESSION_REASONS[event]],
    ),
  API_KEY: (tx, { userId, at }) =>
    tx.query('update api_key set revoked_at = $2 where user_id = $1 and revoked_at is null', [userId, at]),
};

/**
 * Ends what an event of a person voids, by `VOIDS`, in the transaction of the event. The person's row must be locked
 * (`lockPerson`): anyone who follows a link or logs in meanwhile comes before or after. For the system role.
 */
export async function voidOn(tx: EntityManager, event: PersonEvent, of: Voided): Promise<void> {
  for (const thing of voidedBy(event)) {
    if (thing === 'ACCOUNT_KEY') throw new Error(`${thing} ends with no person.`);
    await ENDS[thing](tx, of, event);
  }
}

/** Events of a membership: what rests on it ends, and nothing else of the person. */
export type MembershipEvent = 'MEMBERSHIP_DEACTIVATED' | 'MEMBERSHIP_REMOVED';
export type VoidedMembership = {
  id: string;
  userId: string;
  accountId: string;
  /** By real time, in which log-ins-as live. */
  at: Date;
  /** By the installation's clock, in which keys live. */
  now: Date;
};

type MembershipEnd = (tx: EntityManager, of: VoidedMembership) => Promise<unknown>;

const MEMBERSHIP_ENDS: Partial<Record<Thing, MembershipEnd>> = {
  LOGIN_AS: (tx, { id, at }) => tx.query('select end_logins_as_of_member($1, $2)', [id, at]),
  API_KEY: (tx, { userId, accountId, now }) =>
    tx.query('update api_key set revoked_at = $3 where user_id = $1 and account_id = $2 and revoked_at is null', [
      userId,
      accountId,
      now,
    ]),
};

/**
 * As `voidOn`, for what rests on a membership that was just switched off. Within the rows of the one who may switch it.
 */
export async function voidOnMembership(tx: EntityManager, event: MembershipEvent, of: VoidedMembership): Promise<void> {
  for (const thing of voidedBy(event)) {
    const end = MEMBERSHIP_ENDS[thing];
    if (end === undefined) throw new Error(`Nothing ends ${thing} with a membership.`);
    await end(tx, of);
  }
}

/**
 * Locks the row of a person, by id or address, before anything that is theirs: the order in which everybody locks. Null
 * when there is none. For the system role.
 */
export async function lockPerson(
  tx: EntityManager,
  by: { userId: string } | { email: string },
): Promise<{ userId: string; email: string } | null> {
  const where = 'userId' in by ? { id: by.userId } : { email: by.email };
  const row = await lockRow(tx, UserTable, where, { id: true, email: true });
  return row === null ? null : { userId: row.id, email: row.email as string };
}
