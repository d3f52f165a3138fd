import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { enqueue } from '@comptoir/shared/jobs/jobs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { type EntityManager, IsNull, MoreThan, Not } from 'typeorm';
import type { Language } from '../people/userTables.ts';
import { MembershipTable } from '../people/userTables.ts';
import { LINK_LIFE, type LinkKind } from './link.ts';
import { type LinkRow, LinkTable, ResetSendTable } from './linkTables.ts';

/**
 * Writes down that somebody asks for a link, and queues its mail. The same two statements for every address: whether it
 * has a login is looked at by the worker, when no one waits for the answer.
 */
export async function requestLink(
  tx: EntityManager,
  {
    at,
    ...link
  }: {
    kind: LinkKind;
    email: string;
    language: Language;
    accountName: string | null;
    referralCode?: string | null;
    at: Date;
  },
): Promise<void> {
  const id = newId();
  const expiresAt = new Date(at.getTime() + LINK_LIFE[link.kind]);
  await tx.insert(LinkTable, { ...link, id, expiresAt, createdAt: at });
  await enqueue(tx, 'identity', { queue: 'mail', id: newId(), payload: { linkId: id } });
}

export async function findLink(tx: EntityManager, id: string): Promise<LinkRow | null> {
  return await tx.findOneBy(LinkTable, { id });
}

/** Keeps the hash of the secret that the next mail carries; a secret of an earlier attempt to send is void with it. */
export async function saveLinkSecret(tx: EntityManager, id: string, hash: string): Promise<void> {
  await tx.update(LinkTable, { id }, { secretHash: hash });
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
    `select ${columnsOf(LinkTable, 'l')} from link l where l.secret_hash = $1 and l.kind = $2 and l.used_at is null and l.expires_at > $3
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
  await tx.update(LinkTable, { id }, { usedAt: at });
}

/** False when a newer link of the same kind was mailed: that one is good, this one is not. */
export async function isNewestLink(tx: EntityManager, { id, kind, email }: LinkRow): Promise<boolean> {
  return !(await tx.existsBy(LinkTable, { email, kind, id: MoreThan(id), secretHash: Not(IsNull()) }));
}

/**
 * Notes that a reset mail is sent to a person for somebody else. Returns the instant from which it may be when that is
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
  const { sentAt } = await tx.findOneByOrFail(ResetSendTable, { userId });
  return new Date(sentAt.getTime() + coolDownMs);
}

/** What is to be opened elsewhere for a sign-up; null when it is opened. For the system role, here and below. */
export async function findOpening(
  tx: EntityManager,
  { membershipId, linkId }: { membershipId: string; linkId: string },
): Promise<{ accountId: string; accountName: string; referralCode: string | null } | null> {
  const [row] = await tx.query(
    `select ${columnsOf(MembershipTable, 'm', ['accountId'])}, ${columnsOf(LinkTable, 'l', ['accountName', 'referralCode'])}
     from membership m, link l where m.id = $1 and l.id = $2 and not m.account_ready`,
    [membershipId, linkId],
  );
  return row ?? null;
}

export async function saveAccountReady(tx: EntityManager, membershipId: string): Promise<void> {
  await tx.update(MembershipTable, { id: membershipId }, { accountReady: true });
}
