import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { chargeIntake } from './charging.ts';
import { takeOver } from './intakeStore.ts';

/** Longer than any asker waits: the gatherer's queue, billing's own time-outs and the settling together. Real time. */
export const STALE_MS = 30_000;
const MOST = 5_000;

/**
 * Asks again for events whose askers died between intake and answer, and settles them: no charge stays without its
 * event. Gives the number that it settled. Throws when billing does not answer; they wait for the next round.
 */
export async function settleStaleIntake(work: JobContext, requestId: string, staleMs = STALE_MS): Promise<number> {
  const realNow = new Date();
  const before = new Date(realNow.getTime() - staleMs);
  const stale = await work.system(requestId, (tx) => takeOver(tx, { before, realNow, most: MOST }));
  return (await chargeIntake(work, requestId, stale)).size;
}
