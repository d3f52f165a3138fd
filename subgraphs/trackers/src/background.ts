import type { JobContext } from '@comptoir/shared/localSubgraph.ts';
import { newId } from '@comptoir/shared/uuid.ts';
import { endOrphans } from './delegations/orphans.ts';
import { settleStaleIntake } from './events/staleIntake.ts';

const EVERY_MS = 5_000;

/** What no request does: every five seconds, one round at a time. A round that fails is logged; the next one tries again. */
export function background(work: JobContext): { stop(): Promise<void> } {
  let stopped = false;
  let wake = (): void => undefined;
  const attempt = async (title: string, round: (requestId: string) => Promise<number>): Promise<void> => {
    const requestId = newId();
    try {
      const count = await round(requestId);
      if (count > 0) work.log.info({ count, requestId }, title);
    } catch (error) {
      work.log.warn({ err: error, requestId }, `${title}: failed, will be tried again`);
    }
  };
  const running = (async () => {
    while (!stopped) {
      await attempt('stale events settled', (requestId) => settleStaleIntake(work, requestId));
      await attempt('take-overs ended with their partnership', (requestId) => endOrphans(work, requestId));
      if (stopped) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, EVERY_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  })();
  return {
    async stop() {
      stopped = true;
      wake();
      await running;
    },
  };
}
