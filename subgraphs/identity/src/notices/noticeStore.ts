import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { enqueue } from '@comptoir/shared/jobs/jobs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager, QueryDeepPartialEntity } from 'typeorm';
import { type Language, MembershipTable } from '../people/userTables.ts';
import { type NoticeRow, NoticeTable } from './noticeTables.ts';

/**
 * Writes a notice down and queues its mails, one for each person who holds the area for writing; nothing at all when it
 * is there already.
 */
export async function addNotice(tx: EntityManager, notice: NoticeRow): Promise<void> {
  const { id, accountId, area } = notice;
  const { raw } = await tx
    .createQueryBuilder()
    .insert()
    .into(NoticeTable)
    .values(notice as QueryDeepPartialEntity<NoticeRow>)
    .orIgnore()
    .returning(['id'])
    .execute();
  if (raw.length === 0) return;
  const people: { userId: string }[] = await tx.query(
    `select ${columnsOf(MembershipTable, 'm', ['userId'])} from membership m join app_user u on u.id = m.user_id and u.status = 'ACTIVE'
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
