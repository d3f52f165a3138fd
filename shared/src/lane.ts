export type LaneLimits = {
  /** Pieces of work at the same time. */
  running: number;
  /** Pieces that may wait for one of those to end, and for how long at most; left out, as long as it takes. */
  waiting: number;
  waitMs?: number;
};

/**
 * Runs a piece of work when its turn has come. What waited elsewhere before says since when, by `performance.now()`: it
 * waits only for the rest of its time, and is refused when that is over, whether or not there is room.
 */
export type Lane = <T>(work: () => Promise<T>, arrivedAt?: number) => Promise<T>;

/**
 * A lane of its own for work that must not take the place of other work: in order of arrival, so many at once. What would have to wait too long is refused with `refusal`, and
 * nothing of it was done.
 */
export function createLane({ running, waiting, waitMs }: LaneLimits, refusal: () => Error): Lane {
  let active = 0;
  const queue = new Set<() => void>();

  async function turn(arrivedAt: number): Promise<void> {
    const leftMs = waitMs === undefined ? undefined : arrivedAt + waitMs - performance.now();
    if (leftMs !== undefined && leftMs <= 0) throw refusal();
    if (active < running) {
      active += 1;
      return;
    }
    if (queue.size >= waiting) throw refusal();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const come = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const giveUp = (): void => {
      queue.delete(come);
      reject(refusal());
    };
    const timer = leftMs === undefined ? undefined : setTimeout(giveUp, leftMs);
    queue.add(come);
    await promise;
  }

  return async (work, arrivedAt = performance.now()) => {
    await turn(arrivedAt);
    try {
      return await work();
    } finally {
      const [next] = queue;
      if (next === undefined) {
        active -= 1;
      } else {
        // The place passes on: `active` stays as it is.
        queue.delete(next);
        next();
      }
    }
  };
}
