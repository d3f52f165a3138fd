import type { JobHandlers } from '@comptoir/shared/jobs.ts';
import type { JobContext } from '@comptoir/shared/localSubgraph.ts';
import { startRounds } from '@comptoir/shared/rounds.ts';
import type { IdentityConfig } from './config.ts';
import { accountOpen } from './links/accountOpen.ts';
import { sendMail } from './mails/mailJob.ts';
import { sweepRounds } from './sweeps.ts';
import { sealing } from './trail/background.ts';

/** What follows a commit here. */
export const jobs =
  (config: IdentityConfig) =>
  (work: JobContext): JobHandlers => ({ mail: sendMail(config)(work), 'account-open': accountOpen(work) });

const SWEEP_MS = 10 * 60_000;

/** Clears away, now and then, what is over, and seals the audit trail. */
export const background =
  (config: IdentityConfig) =>
  (work: JobContext): { stop(): Promise<void> } => {
    const seals = sealing(work, config);
    const sweeps = startRounds(work, sweepRounds(config), SWEEP_MS);
    return {
      async stop() {
        await Promise.all([sweeps.stop(), seals.stop()]);
      },
    };
  };
