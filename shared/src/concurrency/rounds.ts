import type { JobContext } from '../jobs/jobs.ts';
import { newId } from '../values/uuid.ts';

/**
 * Work that no one asks for: looked for again and again, one round at a time. Returns how much it did; throws when it
 * could not.
 */
export type Round = {
  /** What a round has done, for the log: "stale events settled". */
  title: string;
  run(work: JobContext, requestId: string): Promise<number>;
};

/**
 * Runs the rounds one after the other, now and every `everyMs` after the last has ended. A round that fails is logged
 * and does not keep the others from theirs; the next time it is tried again. `stop` waits for the one that runs.
 */
export function startRounds(work: JobContext, rounds: readonly Round[], everyMs: number): { stop(): Promise<void> } {
  let stopped = false;
  let wake = (): void => undefined;
  const attempt = async ({ title, run }: Round): Promise<void> => {
    const requestId = newId();
    try {
      const count = await run(work, requestId);
      if (count > 0) work.log.info({ count, requestId }, title);
    } catch (error) {
      work.log.warn({ err: error, requestId }, `${title}: failed, will be tried again`);
    }
  };
  const running = (async () => {
    while (!stopped) {
      for (const round of rounds) if (!stopped) await attempt(round);
      if (stopped) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
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
