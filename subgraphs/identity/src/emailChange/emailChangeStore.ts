import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { enqueue } from '@comptoir/shared/jobs/jobs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { type EntityManager, IsNull, MoreThan } from 'typeorm';
import { type EmailChangeRow, EmailChangeTable } from './emailChangeTables.ts';

/** How long both links are good, in milliseconds of real time. */
const CHANGE_MS = 3_600_000;

export type EmailSide = 'OLD' | 'NEW';

/**
 * Writes down that a person wants another e-mail, in the place of an earlier wish, and queues the two mails. For the
 * system role.
 */
export async function requestEmailChange(
  tx: EntityManager,
  { userId, oldEmail, newEmail, at }: { userId: string; oldEmail: string; newEmail: string; at: Date },
): Promise<void> {
  const id = newId();
  await tx.delete(EmailChangeTable, { userId, doneAt: IsNull() });
  const expiresAt = new Date(at.getTime() + CHANGE_MS);
  await tx.insert(EmailChangeTable, { id, userId, oldEmail, newEmail, expiresAt, createdAt: at });
  for (const side of ['OLD', 'NEW'])
    await enqueue(tx, 'identity', { queue: 'mail', id: newId(), payload: { emailChangeId: id, side } });
}

/** A change that is awaited; null when it is over. For the system role. */
export async function findEmailChange(tx: EntityManager, id: string, at: Date): Promise<EmailChangeRow | null> {
  return await tx.findOneBy(EmailChangeTable, { id, doneAt: IsNull(), expiresAt: MoreThan(at) });
}

/** Keeps the hash of the secret that the mail to one side carries. */
export async function saveEmailChangeSecret(
  tx: EntityManager,
  { id, side }: { id: string; side: EmailSide },
  hash: string,
): Promise<void> {
  await tx.update(EmailChangeTable, { id }, side === 'OLD' ? { oldHash: hash } : { newHash: hash });
}

/** Whose change a secret belongs to; null when to none. For the system role. */
export async function findChanging(tx: EntityManager, hash: string): Promise<string | null> {
  const where = [{ oldHash: hash }, { newHash: hash }];
  return (await tx.findOne(EmailChangeTable, { select: { userId: true }, where }))?.userId ?? null;
}

/**
 * Locks the change that a secret belongs to, and says for which side it speaks; null unless it is good now. For the
 * system role.
 */
export async function lockEmailChange(
  tx: EntityManager,
  hash: string,
  at: Date,
): Promise<(EmailChangeRow & { side: EmailSide }) | null> {
  const [row] = await tx.query(
    `select ${columnsOf(EmailChangeTable, 'c')}, case when c.old_hash = $1 then 'OLD' else 'NEW' end as side
     from email_change c join app_user u on u.id = c.user_id and u.status = 'ACTIVE' and u.email = c.old_email
     where (c.old_hash = $1 and c.old_confirmed_at is null or c.new_hash = $1 and c.new_confirmed_at is null)
       and c.done_at is null and c.expires_at > $2
     for update of c`,
    [hash, at],
  );
  return row ?? null;
}

export async function saveEmailConfirmed(tx: EntityManager, id: string, side: EmailSide, at: Date): Promise<void> {
  await tx.update(EmailChangeTable, { id }, side === 'OLD' ? { oldConfirmedAt: at } : { newConfirmedAt: at });
}

/** Puts the new address in force. False when somebody else has it by now: then nothing changes. */
export async function saveEmail(tx: EntityManager, change: EmailChangeRow, at: Date): Promise<boolean> {
  const { id, userId, newEmail } = change;
  await tx.update(EmailChangeTable, { id }, { doneAt: at });
  // Two who want the same address come one after the other; the index on the e-mail would refuse the second with an
  // error.
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 1))', [newEmail]);
  const [changed] = await tx.query(
    `update app_user set email = $2, verified = true where id = $1
       and not exists (select from app_user other where other.email = $2) returning id`,
    [userId, newEmail],
  );
  return changed.length === 1;
}
