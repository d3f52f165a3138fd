export type AdmissionLimits = {
  /** Requests that run at the same time. */
  running: number;
  /** Requests that may wait for one of those to end, and for how long at most. */
  waiting: number;
  waitMs: number;
};

/**
 * Sheds what we could only answer late (GUARD: refusals within 250 ms). `enter` gives true for a place, which `leave`
 * must give back, and false when there is none to be had. `isFull` says without waiting that `enter` would give false.
 */
export function createAdmission({ running, waiting, waitMs }: AdmissionLimits): {
  isFull(): boolean;
  enter(): Promise<boolean>;
  leave(): void;
} {
  let active = 0;
  const queue = new Set<() => void>();

  const isFull = (): boolean => active >= running && queue.size >= waiting;

  return {
    isFull,
    enter() {
      if (active < running) {
        active++;
        return Promise.resolve(true);
      }
      if (isFull()) return Promise.resolve(false);
      return new Promise((resolve) => {
        const admit = (): void => {
          clearTimeout(timer);
          resolve(true);
        };
        const timer = setTimeout(() => {
          queue.delete(admit);
          resolve(false);
        }, waitMs);
        queue.add(admit);
      });
    },
    leave() {
      const next = queue.values().next().value;
      if (next === undefined) {
        active--;
      } else {
        // The place passes on: `active` stays as it is.
        queue.delete(next);
        next();
      }
    },
  };
}
