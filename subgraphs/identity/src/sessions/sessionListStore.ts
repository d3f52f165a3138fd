import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { EntityManager } from 'typeorm';
import { type SessionEnd, type SessionRow, SessionTable } from './sessionTables.ts';

/** Open at the instant: neither ended nor expired, nor a log-in-as that the client ended. */
const openAt = (instant: string): string => `s.revoked_at is null and s.expires_at > ${instant}
  and not exists (select from login_as l where l.id = s.login_as_id and l.ended_at is not null)`;

const OPEN: KeysetList = {
  select: columnsOf(SessionTable, 's'),
  from: 'session s',
  where: `s.user_id = owner.id and ${openAt('$1')}`,
  keys: [
    { by: 's.created_at', kind: 'instant' },
    { by: 's.id', kind: 'id' },
  ],
  descending: true,
};

/** One page of a person's open sessions, newest first. Row-level security leaves a person their own. */
export async function loadOpenSessions(
  tx: EntityManager,
  { userId, at }: { userId: string; at: Date },
  page: Page,
): Promise<SessionRow[]> {
  return await loadKeysetPages(tx, OPEN, { owners: [userId], page, values: [at] });
}

/** Ends an open session of the person who asks; false when there is none of that id. */
export async function endOwnSession(
  tx: EntityManager,
  { userId, sessionId }: { userId: string; sessionId: string },
  reason: SessionEnd,
  at: Date,
): Promise<boolean> {
  const [ended] = await tx.query(
    `update session s set revoked_at = $2, revoked_reason = $4 where s.user_id = $1 and s.id = $3 and ${openAt('$2')} returning s.id`,
    [userId, at, sessionId, reason],
  );
  return ended.length === 1;
}
