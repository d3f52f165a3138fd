import { createHmac } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { MailCountTable } from './mailTables.ts';

/**
 * At most that many mails with a link go to one address within an hour, and one of a kind within a minute, no matter
 * who asks for them.
 */
export const MAX_PER_HOUR = 5;
export const HOUR_MS = 3_600_000;
export const MINUTE_MS = 60_000;

/**
 * Whether one more mail with a link may go to an address, and counts it when it may. Asked by the job and not by the
 * request, so that no answer tells. A job that comes again is counted once. For the system role.
 */
export async function mayMail(
  tx: EntityManager,
  { jobId, kind, email }: { jobId: string; kind: string; email: string },
  config: IdentityConfig,
): Promise<boolean> {
  const at = realNow(config);
  const emailHash = createHmac('sha256', config.refreshSecret).update('mail count').update(email).digest('hex');
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [emailHash]);
  const [{ counted, lately, mine }] = await tx.query(
    `select count(*)::int as counted, count(*) filter (where counted_at > $3 and kind = $5)::int as lately, coalesce(bool_or(id = $4), false) as mine
     from mail_count where email_hash = $1 and counted_at > $2`,
    [emailHash, new Date(at.getTime() - HOUR_MS), new Date(at.getTime() - MINUTE_MS), jobId, kind],
  );
  if (mine) return true;
  if (counted >= MAX_PER_HOUR || lately > 0) return false;
  const counting = { id: jobId, emailHash, kind, countedAt: at };
  await tx.createQueryBuilder().insert().into(MailCountTable).values(counting).orIgnore().execute();
  return true;
}
