import type { EntityManager } from 'typeorm';
import { MailTable } from './mailTables.ts';

/** Whether the mail of a job was sent. For the system role, here and below. */
export async function isSentMail(tx: EntityManager, id: string): Promise<boolean> {
  return await tx.existsBy(MailTable, { id });
}

export async function addSentMail(tx: EntityManager, id: string, at: Date): Promise<void> {
  await tx.createQueryBuilder().insert().into(MailTable).values({ id, sentAt: at }).orIgnore().execute();
}
