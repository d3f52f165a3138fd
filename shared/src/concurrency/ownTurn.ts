import { setImmediate as nextTurn } from 'node:timers/promises';

let last: Promise<void> = Promise.resolve();

/**
 * Resolves in a turn of the process that no one else has who waits here, in the order in which they came. For what
 * takes milliseconds in one go and may come many times at once, such as reading the documents of all fetches of a new
 * operation: between two of them others have theirs.
 */
export function ownTurn(): Promise<void> {
  last = last.then(() => nextTurn());
  return last;
}
