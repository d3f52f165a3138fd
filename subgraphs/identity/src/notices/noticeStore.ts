import { enqueue } from '@comptoir/shared/jobs/jobs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Area } from '@comptoir/shared/viewer/areas.ts';
import type { EntityManager } from 'typeorm';
import type { Language } from '../people/userTables.ts';

export type Notice = {
  id: string;
  accountId: string;
  area: Area;
  kind: string;
  params: Record<string, string>;
  createdAt: Date;
};

/**
 * Writes a notice down and queues its mails, one for each person who holds the area for writing; nothing at all when it
 * is there already.
 */
export async function addNotice(tx: EntityManager, notice: Notice): Promise<void> {
  const { id, accountId, area, kind, params, createdAt } = notice;
  const added = await tx.query(
    `insert into notice (id, account_id, area, kind, params, created_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (id) do nothing returning id`,
    [id, accountId, area, kind, params, createdAt],
  );
  if (added.length === 0) return;
  const people: { userId: string }[] = await tx.query(
    `select m.user_id as "userId" from membership m join app_user u on u.id = m.user_id and u.status = 'ACTIVE'
     where m.account_id = $1 and m.status = 'ACTIVE' and $2 = any (m.areas)`,
    [accountId, `${area}:WRITE`],
  );
  for (const { userId } of people)
    await enqueue(tx, 'identity', { queue: 'mail', id: newId(), payload: { noticeId: id, userId } });
}

/** A notice and the person it is for; null when that person is not active any more. */
export async function findNoticeMail(
  tx: EntityManager,
  noticeId: string,
  userId: string,
): Promise<{ email: string; language: Language; kind: string; params: Record<string, string> } | null> {
  const [row] = await tx.query(
    `select u.email, u.language, n.kind, n.params
     from notice n
     join membership m on m.account_id = n.account_id and m.status = 'ACTIVE'
     join app_user u on u.id = m.user_id and u.status = 'ACTIVE'
     where n.id = $1 and u.id = $2`,
    [noticeId, userId],
  );
  return row ?? null;
}
