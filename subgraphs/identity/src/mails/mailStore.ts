import type { EntityManager } from 'typeorm';

/** Whether the mail of a job was sent. For the system role, here and below. */
export async function isSentMail(tx: EntityManager, id: string): Promise<boolean> {
  return (await tx.query('select from mail where id = $1', [id])).length === 1;
}

export async function addSentMail(tx: EntityManager, id: string, at: Date): Promise<void> {
  await tx.query('insert into mail (id, sent_at) values ($1, $2) on conflict (id) do nothing', [id, at]);
}
