import type { EntityManager } from 'typeorm';
import type { Chain } from './refreshToken.ts';

export type SessionEnd =
  | 'LOG_OUT'
  | 'REFRESH_REUSED'
  | 'PASSWORD_RESET'
  | 'PASSWORD_CHANGE'
  | 'SECOND_FACTOR'
  | 'REVOKED'
  | 'DEACTIVATED';

export async function addSession(
  tx: EntityManager,
  session: {
    id: string;
    userId: string;
    accountId: string | null;
    hash: string;
    expiresAt: Date;
    address: string | null;
    at: Date;
  },
): Promise<void> {
  const { id, userId, accountId, hash, expiresAt, address, at } = session;
  await tx.query(
    `insert into session (id, user_id, account_id, refresh_generation, refresh_hash, rotated_at, expires_at, created_at, address)
     values ($1, $2, $3, 0, $4, $5, $6, $5, $7)`,
    [id, userId, accountId, hash, at, expiresAt, address],
  );
}

export type OpenSession = Chain & { id: string; userId: string; accountId: string | null; expiresAt: Date };

/**
 * Locks a session that has neither ended nor expired, of a person who is active; null when there is none such. For the
 * system role.
 */
export async function lockOpenSession(tx: EntityManager, id: string, at: Date): Promise<OpenSession | null> {
  const [row] = await tx.query(
    `select s.id, s.user_id as "userId", s.account_id as "accountId", s.refresh_generation as generation, s.refresh_hash as hash,
            s.rotated_at as "rotatedAt", s.expires_at as "expiresAt"
     from session s
     where s.id = $1 and s.kind = 'LOG_IN' and s.revoked_at is null and s.expires_at > $2
       and exists (select from app_user u where u.id = s.user_id and u.status = 'ACTIVE')
     for update`,
    [id, at],
  );
  return row ?? null;
}

export async function saveRotation(tx: EntityManager, id: string, chain: Chain & { expiresAt: Date }): Promise<void> {
  await tx.query(
    'update session set refresh_generation = $2, refresh_hash = $3, rotated_at = $4, expires_at = $5 where id = $1',
    [id, chain.generation, chain.hash, chain.rotatedAt, chain.expiresAt],
  );
}

export async function saveSessionAccount(tx: EntityManager, id: string, accountId: string): Promise<void> {
  await tx.query('update session set account_id = $2 where id = $1', [id, accountId]);
}

/** Ends a session; one that has ended already stays as it is. */
export async function endSession(tx: EntityManager, id: string, reason: SessionEnd, at: Date): Promise<void> {
  await tx.query('update session set revoked_at = $2, revoked_reason = $3 where id = $1 and revoked_at is null', [
    id,
    at,
    reason,
  ]);
}

/** Ends every open session of a person but one, and says how many. */
export async function endOtherSessions(
  tx: EntityManager,
  { userId, sessionId }: { userId: string; sessionId: string },
  reason: SessionEnd,
  at: Date,
): Promise<number> {
  const [, ended] = await tx.query(
    `update session set revoked_at = $3, revoked_reason = $4
     where user_id = $1 and id <> $2 and revoked_at is null and expires_at > $3`,
    [userId, sessionId, at, reason],
  );
  return ended;
}
