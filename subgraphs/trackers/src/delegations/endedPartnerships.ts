import { opens, reaches } from '@comptoir/shared/database/rowScope.ts';
import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { Any } from 'typeorm';
import { DelegationTable, DelegationTrackerTable } from './delegationTables.ts';

/** A partner and its client; null is all there are. */
type Pair = { partnerId: string; clientId: string };

const LINKED = opens('d.partner_id', 'd.client_id', 'LINK', 'READ');
const OF_PAIR = '($2::uuid is null or (d.partner_id = $2 and d.client_id = $3::uuid))';

/**
 * Ends the take-overs whose partnership ended, at the instant at which it did. Who pays does not wait for this
 * (`payers_at` looks at the partnership itself): it makes the status tell the truth and frees the trackers for another
 * offer. Returns the number of those it ended.
 */
export async function endTakeOvers(
  { system, clock }: Pick<JobContext, 'system' | 'clock'>,
  requestId: string,
  pair: Pair | null = null,
): Promise<number> {
  return await system(requestId, async (tx) => {
    // The partnership under which it was accepted is the one whose period holds that instant; a later one does not
    // revive it.
    const over: { id: string; endedAt: Date }[] = await tx.query(
      `select d.id, coalesce(
         (select max(upper(r.valid)) from access.reach r where ${LINKED} and r.valid @> d.answered_at),
         d.answered_at) as "endedAt"
       from delegation d
       where d.status = 'ACTIVE' and not exists (
         select from access.reach r where ${LINKED} and r.valid @> d.answered_at and r.valid @> $1::timestamptz)
         and ${OF_PAIR}
       order by d.id limit 1000 for update of d skip locked`,
      [clock.now(), pair?.partnerId ?? null, pair?.clientId ?? null],
    );
    if (over.length === 0) return 0;
    const ids = over.map(({ id }) => id);
    const values = [ids, over.map(({ endedAt }) => endedAt)];
    const ended = 'unnest($1::uuid[], $2::timestamptz[]) as ended (id, at)';
    await tx.query(
      `update delegation d set status = 'ENDED', ended_at = ended.at from ${ended} where d.id = ended.id`,
      values,
    );
    await tx.update(DelegationTrackerTable, { delegationId: Any(ids) }, { open: false });
    await tx.query(
      `update payer_span s set valid = tstzrange(lower(s.valid), greatest(ended.at, lower(s.valid) + interval '1 millisecond'))
       from ${ended} where s.delegation_id = ended.id and upper_inf(s.valid)`,
      values,
    );
    return over.length;
  });
}

/**
 * Withdraws the offers whose partnership ended before they were answered: no one could accept them any more, and their
 * trackers could not be offered to anybody else. Returns the number of those it withdrew.
 */
export async function withdrawOffers(
  { system, clock }: Pick<JobContext, 'system' | 'clock'>,
  requestId: string,
  pair: Pair | null = null,
): Promise<number> {
  return await system(requestId, async (tx) => {
    const now = clock.now();
    const over: { id: string }[] = await tx.query(
      `select d.id from delegation d
       where d.status = 'OFFERED' and d.offered_at < $1 and not ${reaches('d.partner_id', 'd.client_id', 'LINK', 'READ', '$1::timestamptz')}
         and ${OF_PAIR}
       order by d.id limit 1000 for update of d skip locked`,
      [now, pair?.partnerId ?? null, pair?.clientId ?? null],
    );
    const ids = over.map(({ id }) => id);
    if (ids.length === 0) return 0;
    await tx.update(DelegationTable, { id: Any(ids) }, { status: 'WITHDRAWN', answeredAt: now });
    await tx.update(DelegationTrackerTable, { delegationId: Any(ids) }, { open: false });
    return ids.length;
  });
}
