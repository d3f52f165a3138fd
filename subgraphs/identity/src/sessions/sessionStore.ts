import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type EntityManager, IsNull, MoreThan, Not } from 'typeorm';
import type { Chain } from './refreshToken.ts';
import { type SessionEnd, SessionTable } from './sessionTables.ts';

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
  const { at, ...rest } = session;
  await tx.insert(SessionTable, { ...rest, generation: 0, lastSeenAt: at, createdAt: at });
}

export type OpenSession = Chain & { id: string; userId: string; accountId: string | null; expiresAt: Date };

/**
 * Locks a session that has neither ended nor expired, of a person who is active; null when there is none such. For the
 * system role.
 */
export async function lockOpenSession(tx: EntityManager, id: string, at: Date): Promise<OpenSession | null> {
  const [row] = await tx.query(
    `select ${columnsOf(SessionTable, 's', ['id', 'userId', 'accountId', 'generation', 'hash', 'lastSeenAt', 'expiresAt'])}
     from session s
     where s.id = $1 and s.kind = 'LOG_IN' and s.revoked_at is null and s.expires_at > $2
       and exists (select from app_user u where u.id = s.user_id and u.status = 'ACTIVE')
     for update`,
    [id, at],
  );
  return row ?? null;
}

export async function saveRotation(tx: EntityManager, id: string, chain: Chain & { expiresAt: Date }): Promise<void> {
  await tx.update(SessionTable, { id }, chain);
}

export async function saveSessionAccount(tx: EntityManager, id: string, accountId: string): Promise<void> {
  await tx.update(SessionTable, { id }, { accountId });
}

/** Ends a session; one that has ended already stays as it is. */
export async function endSession(tx: EntityManager, id: string, reason: SessionEnd, at: Date): Promise<void> {
  await tx.update(SessionTable, { id, revokedAt: IsNull() }, { revokedAt: at, revokedReason: reason });
}

/** Ends every open session of a person but one, and says how many. */
export async function endOtherSessions(
  tx: EntityManager,
  { userId, sessionId }: { userId: string; sessionId: string },
  reason: SessionEnd,
  at: Date,
): Promise<number> {
  const others = { userId, id: Not(sessionId), revokedAt: IsNull(), expiresAt: MoreThan(at) };
  const { affected } = await tx.update(SessionTable, others, { revokedAt: at, revokedReason: reason });
  return affected as number;
}
