import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long one request may keep the process from everybody else. */
const TURN_MS = 15;

/**
 * Lets others have a turn when this one has lasted long enough. One per piece of work, made when it begins. What runs
 * side by side in it has its turns together.
 */
export function createBreath(): () => Promise<void> | undefined {
  let since = performance.now();
  let hasBegun = false;
  const isOver = (): boolean => performance.now() - since >= TURN_MS;

  async function wait(): Promise<void> {
    do {
      await nextTurn();
      // The first who is woken begins the turn. The others are woken in the same one, as soon as it has done its part.
      if (!hasBegun) {
        since = performance.now();
        hasBegun = true;
        setImmediate(() => {
          hasBegun = false;
        });
      }
    } while (isOver());
  }

  return () => (isOver() ? wait() : undefined);
}
