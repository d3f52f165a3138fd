import { enqueue } from '@comptoir/shared/jobs/jobs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import type { Language } from '../people/userTables.ts';
import { LINK_LIFE, type LinkKind } from './link.ts';

export type LinkRow = {
  id: string;
  kind: LinkKind;
  email: string;
  language: Language;
  accountName: string | null;
  expiresAt: Date;
  usedAt: Date | null;
};

const LINK = `l.id, l.kind, l.email, l.language, l.account_name as "accountName", l.expires_at as "expiresAt", l.used_at as "usedAt"`;

/**
 * Writes down that somebody asks for a link, and queues its mail. The same two statements for every address: whether it
 * has a login is looked at by the worker, when nobody waits for the answer.
 */
export async function requestLink(
  tx: EntityManager,
  link: {
    kind: LinkKind;
    email: string;
    language: Language;
    accountName: string | null;
    referralCode?: string | null;
    at: Date;
  },
): Promise<void> {
  const id = newId();
  const expiresAt = new Date(link.at.getTime() + LINK_LIFE[link.kind]);
  await tx.query(
    `insert into link (id, kind, email, language, account_name, expires_at, created_at, referral_code) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [id, link.kind, link.email, link.language, link.accountName, expiresAt, link.at, link.referralCode ?? null],
  );
  await enqueue(tx, 'identity', { queue: 'mail', id: newId(), payload: { linkId: id } });
}

export async function findLink(tx: EntityManager, id: string): Promise<LinkRow | null> {
  const [row] = await tx.query(`select ${LINK} from link l where l.id = $1`, [id]);
  return row ?? null;
}

/** Keeps the hash of the secret that the next mail carries; a secret of an earlier attempt to send is void with it. */
export async function saveLinkSecret(tx: EntityManager, id: string, hash: string): Promise<void> {
  await tx.query('update link set secret_hash = $2 where id = $1', [id, hash]);
}

/**
 * Locks the link that a secret opens, so that of two who follow it at once one comes second; null unless it is good
 * now.
 */
export async function lockGoodLink(
  tx: EntityManager,
  kind: LinkKind,
  secretHash: string,
  at: Date,
): Promise<LinkRow | null> {
  const [row] = await tx.query(
    `select ${LINK} from link l where l.secret_hash = $1 and l.kind = $2 and l.used_at is null and l.expires_at > $3
       -- Ids are UUID v7: a greater one is newer, and a newer link that was mailed ends the older. One that the limit of mails held back does not:
       -- else anybody could void a person's link by asking for more.
       and not exists (select from link newer
         where newer.email = l.email and newer.kind = l.kind and newer.id > l.id and newer.secret_hash is not null)
     for update`,
    [secretHash, kind, at],
  );
  return row ?? null;
}

export async function saveLinkUsed(tx: EntityManager, id: string, at: Date): Promise<void> {
  await tx.query('update link set used_at = $2 where id = $1', [id, at]);
}

/** False when a newer link of the same kind was mailed: that one is good, this one is not. */
export async function isNewestLink(tx: EntityManager, { id, kind, email }: LinkRow): Promise<boolean> {
  const newer = await tx.query(
    'select from link where email = $1 and kind = $2 and id > $3 and secret_hash is not null limit 1',
    [email, kind, id],
  );
  return newer.length === 0;
}

/**
 * Notes that a reset mail is sent to a person for somebody else. Gives the instant from which it may be when that is
 * not yet. For the system role.
 */
export async function takeResetTurn(
  tx: EntityManager,
  userId: string,
  at: Date,
  coolDownMs: number,
): Promise<Date | null> {
  const taken = await tx.query(
    `insert into reset_send (user_id, sent_at) values ($1, $2)
     on conflict (user_id) do update set sent_at = excluded.sent_at where reset_send.sent_at <= $3 returning user_id`,
    [userId, at, new Date(at.getTime() - coolDownMs)],
  );
  if (taken.length === 1) return null;
  const [{ sentAt }] = await tx.query('select sent_at as "sentAt" from reset_send where user_id = $1', [userId]);
  return new Date(sentAt.getTime() + coolDownMs);
}
