import type { JobHandlers } from '@comptoir/shared/jobs.ts';
import type { JobContext } from '@comptoir/shared/localSubgraph.ts';
import { newId } from '@comptoir/shared/uuid.ts';
import { type IdentityConfig, realNow } from './config.ts';
import { accountOpen } from './links/accountOpen.ts';
import { sendMail } from './mails/mailJob.ts';
import { sweepMailCounts } from './mails/mailLimit.ts';
import { sweepChallenges } from './secondFactor/challengeStore.ts';
import { sweepGuesses } from './sessions/loginGuessStore.ts';
import { sealing } from './trail/background.ts';

/** What follows a commit here. */
export const jobs =
  (config: IdentityConfig) =>
  (work: JobContext): JobHandlers => ({ mail: sendMail(config)(work), 'account-open': accountOpen(work) });

const SWEEP_MS = 10 * 60_000;

/** Clears away, now and then, what log-ins leave behind, and seals the audit trail. */
export const background =
  (config: IdentityConfig) =>
  (work: JobContext): { stop(): Promise<void> } => {
    const { system, log } = work;
    const seals = sealing(work, config);
    let sweeping: Promise<void> = Promise.resolve();
    const sweep = (): void => {
      sweeping = system(newId(), async (tx) => {
        await sweepGuesses(tx, realNow(config));
        await sweepChallenges(tx, realNow(config));
        await sweepMailCounts(tx, realNow(config));
      }).catch((error: unknown) =>
        log.warn({ err: error }, 'the sweep of log-in guesses failed and will be tried again'),
      );
    };
    const timer = setInterval(sweep, SWEEP_MS);
    timer.unref();
    return {
      async stop() {
        clearInterval(timer);
        await Promise.all([sweeping, seals.stop()]);
      },
    };
  };
