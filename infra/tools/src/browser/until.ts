import { setTimeout as pause } from 'node:timers/promises';

/** Resolves as soon as the condition holds; throws with what was waited for after fifteen seconds. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Waited fifteen seconds for: ${what}.`);
    await pause(50);
  }
}
