import { type Round, startRounds } from '@comptoir/shared/concurrency/rounds.ts';
import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { endTakeOvers, withdrawOffers } from './delegations/endedPartnerships.ts';
import { settleStaleIntake } from './events/staleIntake.ts';

const ROUNDS: readonly Round[] = [
  { title: 'stale events settled', run: settleStaleIntake },
  { title: 'take-overs ended with their partnership', run: endTakeOvers },
  { title: 'offers withdrawn with their partnership', run: withdrawOffers },
];

/** What no request does: every five seconds, one round at a time. */
export const background = (work: JobContext): { stop(): Promise<void> } => startRounds(work, ROUNDS, 5_000);
