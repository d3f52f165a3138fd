import type { Round } from '@comptoir/shared/concurrency/rounds.ts';
import { monthOf } from './commission.ts';
import { closeMonth, findOpenMonths } from './statementStore.ts';

const MAX_MONTHS_PER_ROUND = 200;
const LOOK_AGAIN_MS = 10 * 60_000;

/**
 * Closes the months that have ended, by the clock, in UTC; one transaction per partner and month. When a month was
 * looked through, it is left alone for ten minutes: only what was being booked at its very end could still come.
 */
export function closingMonths(): Round {
  let done: { month: string; at: number } | null = null;
  return {
    title: 'commission months closed',
    async run({ system, clock }, requestId) {
      const month = monthOf(clock.now());
      if (done?.month === month && performance.now() - done.at < LOOK_AGAIN_MS) return 0;
      const open = await system(requestId, (tx) => findOpenMonths(tx, month, MAX_MONTHS_PER_ROUND));
      const failures: unknown[] = [];
      for (const one of open) {
        // What cannot be closed does not keep the other partners waiting; it is tried again with the next round.
        await system(requestId, (tx) => closeMonth(tx, one, clock.now())).catch((error) => failures.push(error));
      }
      if (failures.length > 0) throw new AggregateError(failures, `${failures.length} months could not be closed.`);
      if (open.length < MAX_MONTHS_PER_ROUND) done = { month, at: performance.now() };
      return open.length;
    },
  };
}
