import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { EntityManager } from 'typeorm';
import type { SessionEnd } from './sessionStore.ts';

export type SessionRow = {
  id: string;
  userId: string;
  accountId: string | null;
  createdAt: Date;
  /** When it last took new tokens. */
  lastSeenAt: Date;
  expiresAt: Date;
  address: string | null;
  loginAsId: string | null;
};

/** Open at the instant: neither ended nor expired, nor a log-in-as that the client ended. */
const OPEN = `s.revoked_at is null and s.expires_at > $2
  and not exists (select from login_as l where l.id = s.login_as_id and l.ended_at is not null)`;

/** One page of a person's open sessions, newest first. Row-level security leaves a person their own. */
export async function loadOpenSessions(
  tx: EntityManager,
  { userId, at }: { userId: string; at: Date },
  page: Page,
): Promise<SessionRow[]> {
  const [createdAt, id] = page.after ?? [null, null];
  return await tx.query(
    `select s.id, s.user_id as "userId", s.account_id as "accountId", s.created_at as "createdAt", s.rotated_at as "lastSeenAt",
            s.expires_at as "expiresAt", host(s.address) as address, s.login_as_id as "loginAsId"
     from session s
     where s.user_id = $1 and ${OPEN} and ($3::timestamptz is null or (s.created_at, s.id) < ($3, $4::uuid))
     order by s.created_at desc, s.id desc
     limit $5`,
    [userId, at, createdAt, id, page.first + 1],
  );
}

/** Ends an open session of the person who asks; false when there is none of that id. */
export async function endOwnSession(
  tx: EntityManager,
  { userId, sessionId }: { userId: string; sessionId: string },
  reason: SessionEnd,
  at: Date,
): Promise<boolean> {
  const [ended] = await tx.query(
    `update session s set revoked_at = $2, revoked_reason = $4 where s.user_id = $1 and s.id = $3 and ${OPEN} returning s.id`,
    [userId, at, sessionId, reason],
  );
  return ended.length === 1;
}
