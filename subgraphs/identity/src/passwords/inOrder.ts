import { createLane, type Lane } from '@comptoir/shared/concurrency/lane.ts';
import { overloaded } from '@comptoir/shared/protocol/errors.ts';
import { WAIT_MS } from './lanes.ts';

/** Besides the one whose turn it is. */
const MAX_WAITING = 19;
const full = (): Error => overloaded('Too many log-ins of this person at once. Try again.');

const lanes = new Map<string, { enter: Lane; inside: number }>();

/**
 * Runs work of the same key one after the other in this process. Log-ins of one person from one network take turns, so
 * that several right passwords at once are not counted as wrong ones while they are looked at. Throws OVERLOADED when
 * too many wait, and of what has waited too long; nothing of that was begun.
 */
export async function inOrder<T>(key: string, work: () => Promise<T>, arrivedAt = performance.now()): Promise<T> {
  const known = lanes.get(key);
  const lane = known ?? { enter: createLane({ running: 1, waiting: MAX_WAITING, waitMs: WAIT_MS }, full), inside: 0 };
  if (known === undefined) lanes.set(key, lane);
  lane.inside += 1;
  try {
    return await lane.enter(work, { arrivedAt });
  } finally {
    lane.inside -= 1;
    if (lane.inside === 0) lanes.delete(key);
  }
}
