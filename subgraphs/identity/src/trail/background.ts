import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import type { IdentityConfig } from '../base/config.ts';
import { sealTrail } from './sealTrail.ts';

/** Half of the minute within which a row is promised to be sealed. */
const SEAL_MS = 30_000;

/** Seals the audit trail, one round at a time. A round that fails is logged; the next one does its work too. */
export function sealing(work: JobContext, config: IdentityConfig): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  let busy = false;
  const seal = (): void => {
    if (busy) return;
    busy = true;
    running = sealTrail(work, config)
      .then(() => undefined)
      .catch((error: unknown) => work.log.warn({ err: error }, 'the trail could not be sealed; it will be tried again'))
      .finally(() => {
        busy = false;
      });
  };
  const timer = setInterval(seal, SEAL_MS);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
