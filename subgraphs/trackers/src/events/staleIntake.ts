import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { takeOver } from './intakeStore.ts';
import { charge, settle } from './recordEvents.ts';

/**
 * Longer than any asker waits: the queues before charge and settling, and billing's own time-outs, together. Real time.
 */
export const STALE_MS = 30_000;
const MOST = 5_000;

/**
 * Asks again for events whose askers died between intake and answer, and settles them: no charge stays without its
 * event. Returns the number that it settled. Throws when billing does not answer; they wait for the next round.
 */
export async function settleStaleIntake(work: JobContext, requestId: string, staleMs = STALE_MS): Promise<number> {
  const realNow = new Date();
  const before = new Date(realNow.getTime() - staleMs);
  const stale = await work.system(requestId, (tx) => takeOver(tx, { before, realNow, most: MOST }));
  return (await settle(work, requestId, await charge(work, stale))).size;
}
