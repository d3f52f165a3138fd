import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long one request may keep the process from everybody else. */
const TURN_MS = 15;

/** Lets others have a turn when this one has lasted long enough. One per piece of work, made when it begins. */
export function createBreath(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < TURN_MS) return undefined;
    return nextTurn().then(() => {
      since = performance.now();
    });
  };
}
