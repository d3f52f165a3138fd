import { enqueue } from '@comptoir/shared/jobs/jobs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';

/** How long both links are good, in milliseconds of real time. */
const CHANGE_MS = 3_600_000;

export type EmailSide = 'OLD' | 'NEW';

export type EmailChangeRow = {
  id: string;
  userId: string;
  oldEmail: string;
  newEmail: string;
  oldConfirmed: boolean;
  newConfirmed: boolean;
};

const CHANGE = `c.id, c.user_id as "userId", c.old_email as "oldEmail", c.new_email as "newEmail",
  c.old_confirmed_at is not null as "oldConfirmed", c.new_confirmed_at is not null as "newConfirmed"`;

/**
 * Writes down that a person wants another e-mail, in the place of an earlier wish, and queues the two mails. For the
 * system role.
 */
export async function requestEmailChange(
  tx: EntityManager,
  { userId, oldEmail, newEmail, at }: { userId: string; oldEmail: string; newEmail: string; at: Date },
): Promise<void> {
  const id = newId();
  await tx.query('delete from email_change where user_id = $1 and done_at is null', [userId]);
  await tx.query(
    'insert into email_change (id, user_id, old_email, new_email, expires_at, created_at) values ($1, $2, $3, $4, $5, $6)',
    [id, userId, oldEmail, newEmail, new Date(at.getTime() + CHANGE_MS), at],
  );
  for (const side of ['OLD', 'NEW'])
    await enqueue(tx, 'identity', { queue: 'mail', id: newId(), payload: { emailChangeId: id, side } });
}

/** A change that is awaited; null when it is over. For the system role. */
export async function findEmailChange(tx: EntityManager, id: string, at: Date): Promise<EmailChangeRow | null> {
  const [row] = await tx.query(
    `select ${CHANGE} from email_change c where c.id = $1 and c.done_at is null and c.expires_at > $2`,
    [id, at],
  );
  return row ?? null;
}

/** Keeps the hash of the secret that the mail to one side carries. */
export async function saveEmailChangeSecret(
  tx: EntityManager,
  { id, side }: { id: string; side: EmailSide },
  hash: string,
): Promise<void> {
  await tx.query(
    side === 'OLD'
      ? 'update email_change set old_hash = $2 where id = $1'
      : 'update email_change set new_hash = $2 where id = $1',
    [id, hash],
  );
}

/** Whose change a secret belongs to; null when to none. For the system role. */
export async function findChanging(tx: EntityManager, hash: string): Promise<string | null> {
  const [row] = await tx.query('select user_id as "userId" from email_change where old_hash = $1 or new_hash = $1', [
    hash,
  ]);
  return row?.userId ?? null;
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
    `select ${CHANGE}, case when c.old_hash = $1 then 'OLD' else 'NEW' end as side
     from email_change c join app_user u on u.id = c.user_id and u.status = 'ACTIVE' and u.email = c.old_email
     where (c.old_hash = $1 and c.old_confirmed_at is null or c.new_hash = $1 and c.new_confirmed_at is null)
       and c.done_at is null and c.expires_at > $2
     for update of c`,
    [hash, at],
  );
  return row ?? null;
}

export async function saveEmailConfirmed(tx: EntityManager, id: string, side: EmailSide, at: Date): Promise<void> {
  await tx.query(
    side === 'OLD'
      ? 'update email_change set old_confirmed_at = $2 where id = $1'
      : 'update email_change set new_confirmed_at = $2 where id = $1',
    [id, at],
  );
}

/** Puts the new address in force. False when somebody else has it by now: then nothing changes. */
export async function saveEmail(tx: EntityManager, change: EmailChangeRow, at: Date): Promise<boolean> {
  const { id, userId, newEmail } = change;
  await tx.query('update email_change set done_at = $2 where id = $1', [id, at]);
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
