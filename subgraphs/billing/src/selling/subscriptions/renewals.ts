import type { Round } from '@comptoir/shared/concurrency/rounds.ts';
import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import type { CardLimits } from '../../collecting/provider/provider.ts';
import type { BillingConfig } from '../../config.ts';
import { renewOne } from './renewal.ts';
import { type Due, findDue } from './subscriptionStore.ts';

/**
 * Subscriptions that are looked up at once, and periods of each that a round catches up: an outage of years is done in
 * several rounds.
 */
const PAGE = 200;
const MAX_PERIODS = 60;

/**
 * Renews or ends every subscription whose period is over by the clock, period by period; one that fails does not keep
 * the others from theirs.
 */
export const renewals = (config: BillingConfig): Round => ({
  title: 'subscriptions renewed or ended',
  async run(work, requestId) {
    const now = work.clock.now();
    let done = 0;
    // On to the next ones whatever became of these: those that keep failing stand at the head of the order, and must
    // not keep the others out.
    for (let after: Due | null = null; ; ) {
      const from: Due | null = after;
      const page: Due[] = await work.system(requestId, (tx) => findDue(tx, now, { after: from, most: PAGE }));
      for (const { accountId } of page) done += await catchUp(work, accountId, requestId, config.payments);
      after = page[PAGE - 1] ?? null;
      if (after === null) return done;
    }
  },
});

/**
 * Renews one subscription until it is up to date, a transaction per period; returns how many were done. What fails is
 * logged and stays due.
 */
async function catchUp(work: JobContext, accountId: string, requestId: string, cards: CardLimits): Promise<number> {
  let done = 0;
  try {
    while (done < MAX_PERIODS) {
      const outcome = await work.system(requestId, (tx) => renewOne(tx, accountId, { now: work.clock.now(), cards }));
      if (outcome === null) break;
      done += 1;
    }
  } catch (error) {
    work.log.warn({ err: error, accountId, requestId }, 'a subscription could not be renewed; it will be tried again');
  }
  return done;
}
