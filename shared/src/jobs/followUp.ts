import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../process/log.ts';

/**
 * How long a mutation works on what follows its commit elsewhere, before it answers that this is still under way. Well
 * within a subgraph's time-out at the gateway.
 */
const FOLLOW_UP_MS = 2_500;
const FIRST_PAUSE_MS = 100;

/** From when the job does it, in seconds: when the mutation has given up, or its process was killed. */
export const FOLLOW_UP_JOB_DELAY = 3;

/**
 * Does at once what follows a commit in another subgraph, so that anyone who asks next reads their own write: the
 * idempotent steps that a job, queued in that commit with `FOLLOW_UP_JOB_DELAY`, or a round does otherwise. Tried again
 * while there is time, at most `attempts` times; true when it is done. Never inside a transaction.
 */
export async function followUp(
  title: string,
  steps: () => Promise<unknown>,
  log: Log,
  { withinMs = FOLLOW_UP_MS, attempts = Number.POSITIVE_INFINITY }: { withinMs?: number; attempts?: number } = {},
): Promise<boolean> {
  const until = performance.now() + withinMs;
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), withinMs);
  const attempt = async (): Promise<boolean> => {
    for (let waitMs = FIRST_PAUSE_MS, count = 1; ; waitMs *= 2, count += 1) {
      try {
        await steps();
        return true;
      } catch (error) {
        log.warn({ err: error }, `${title}: not yet`);
        if (count >= attempts || performance.now() + waitMs >= until) return false;
        await pause(waitMs);
      }
    }
  };
  try {
    return await Promise.race([attempt(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
