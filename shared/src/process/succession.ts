/**
 * What a service says to the process that supervises it, and that one to a service that leaves: another one has taken
 * its place, or all of it ends.
 */
export type Said = 'listening' | 'leaving' | 'succeeded' | 'end';

/** Longer than a successor takes to come up, also on a busy machine. */
const SUCCEEDED_WITHIN_MS = 60_000;

/** Tells the supervisor, if there is one, that calls are taken from now on. */
export function sayListening(): void {
  say('listening');
}

/**
 * Tells the supervisor that this process is about to leave, and resolves when it may: when another one listens in its
 * place, or none is to. Until then it should go on as before. At once where no one supervises. Returns whether all of
 * it ends, so that no one needs to be left gently.
 */
export async function untilSucceeded(): Promise<{ allEnds: boolean }> {
  if (!process.connected) return { allEnds: false };
  const { promise, resolve } = Promise.withResolvers<{ allEnds: boolean }>();
  const alone = (): void => resolve({ allEnds: false });
  const late = setTimeout(alone, SUCCEEDED_WITHIN_MS);
  process.once('disconnect', alone);
  process.on('message', (said: Said) => {
    if (said === 'succeeded' || said === 'end') resolve({ allEnds: said === 'end' });
  });
  say('leaving');
  return await promise.finally(() => clearTimeout(late));
}

/**
 * Leaves, once, when this process is told to (SIGTERM, SIGINT), or when its supervisor is gone: no one would ever end
 * it, and it would keep its port. The process ends when that is done and nothing else keeps it.
 */
export function onLeave(leave: (why: string) => Promise<void>): void {
  let leaving = false;
  const once = (why: string) => async (): Promise<void> => {
    if (leaving) return;
    leaving = true;
    await leave(why);
    if (process.connected) process.disconnect?.();
  };
  // Not once: with the listener gone a second signal would end what still runs.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, once(signal));
  process.once('disconnect', once('its supervisor is gone'));
}

function say(what: Said): void {
  // It may have ended meanwhile; then there is no one to tell.
  if (process.connected) process.send?.(what, undefined, undefined, () => undefined);
}
