import type { Round } from '@comptoir/shared/rounds.ts';
import { renewOne } from './renewal.ts';
import { findDue } from './subscriptionStore.ts';

/** Subscriptions that one round looks at, and periods of each that it catches up: an outage of years is done in several rounds. */
const MOST_A_ROUND = 200;
const MOST_PERIODS = 60;

/** Renews or ends every subscription whose period is over by the clock, period by period; one that fails does not keep the others from theirs. */
export const renewals: Round = {
  title: 'subscriptions renewed or ended',
  async run(work, requestId) {
    const due = await work.system(requestId, (tx) => findDue(tx, work.clock.now(), MOST_A_ROUND));
    let done = 0;
    for (const accountId of due) {
      try {
        for (let periods = 0; periods < MOST_PERIODS; periods += 1) {
          const outcome = await work.system(requestId, (tx) => renewOne(tx, accountId, work.clock.now()));
          if (outcome === null) break;
          done += 1;
        }
      } catch (error) {
        work.log.warn(
          { err: error, accountId, requestId },
          'a subscription could not be renewed; it will be tried again',
        );
      }
    }
    return done;
  },
};
