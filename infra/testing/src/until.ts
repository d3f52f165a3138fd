import { setTimeout as pause } from 'node:timers/promises';

/** Only what never comes takes this long, also on a slow machine that others use. Less than what Jest gives a test. */
const PATIENCE_MS = 30_000;

/** What is left of a type when nothing false is. */
type Seen<T> = Exclude<T, false | null | undefined | 0 | ''>;

/**
 * The one way to wait for something: looks every 20 ms until there is something true to see, and gives it; throws after
 * 30 s (or `withinMs`) with a sentence that names `what` was waited for. What `look` throws ends the wait.
 */
export async function until<T>(look: () => T | Promise<T>, what: string, withinMs = PATIENCE_MS): Promise<Seen<T>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen as Seen<T>;
    if (performance.now() > deadline) throw new Error(`Waited ${withinMs / 1000} s in vain for ${what}.`);
    await pause(20);
  }
}
