export type LaneLimits = {
  /** Pieces of work at the same time. */
  running: number;
  /** Pieces that may wait for one of those to end, and for how long at most; left out, as long as it takes. */
  waiting: number;
  waitMs?: number;
  /** Of the places to wait, those that one group of them has at most; left out, all. */
  waitingOfGroup?: number;
};

/** Of a piece of work. */
export type Arrival = {
  /** Since when it has waited elsewhere before, by `performance.now()`: it waits only for the rest of its time. */
  arrivedAt?: number;
  /** Whose it is, where one must not take all places. */
  group?: string;
};

/** Runs a piece of work when its turn has come. What is late by then is refused, whether or not there is room. */
export type Lane = <T>(work: () => Promise<T>, arrival?: Arrival) => Promise<T>;

/**
 * A lane of its own for work that must not take the place of other work: in order of arrival, so many at once. What
 * would have to wait too long is refused with `refusal`, and nothing of it was done.
 */
export function createLane(
  { running, waiting, waitMs, waitingOfGroup = waiting }: LaneLimits,
  refusal: () => Error,
): Lane {
  let active = 0;
  /** What lets each in, with its group. */
  const queue = new Map<() => void, string | undefined>();

  const waitingOf = (group: string): number => queue.values().reduce((sum, one) => sum + Number(one === group), 0);

  async function turn({ arrivedAt = performance.now(), group }: Arrival): Promise<void> {
    const leftMs = waitMs === undefined ? undefined : arrivedAt + waitMs - performance.now();
    if (leftMs !== undefined && leftMs <= 0) throw refusal();
    if (active < running) {
      active += 1;
      return;
    }
    if (queue.size >= waiting) throw refusal();
    if (group !== undefined && waitingOf(group) >= waitingOfGroup) throw refusal();
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
    queue.set(come, group);
    await promise;
  }

  return async (work, arrival = {}) => {
    await turn(arrival);
    try {
      return await work();
    } finally {
      const [next] = queue.keys();
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
