import { setTimeout as pause } from 'node:timers/promises';
import { Agent } from 'undici';

/**
 * How long a call waits for a service that vanished without a word: hardly one comes back sooner than it takes to
 * start.
 */
const GONE_MS = 300;
/** How long a service that said it leaves is expected back. */
const EXPECTED_MS = 15_000;
const LOOK_EVERY_MS = 25;
const LOOK_EVERY_LATER_MS = 200;

export type Presence = {
  /**
   * Whether the service takes calls. While it is being replaced, waits at most `patienceMs` for the next one; when it
   * vanished without a word, what is left of 0.3 s since then, so that only the first who notice wait.
   */
  comes(patienceMs: number): Promise<boolean>;
  /** A call that began at that instant (of `performance.now`) met no one. */
  missed(since: number): void;
  close(): Promise<void>;
};

type Absence = { announced: boolean; since: number; over: PromiseWithResolvers<void> };

/**
 * Keeps one request open at the service that it answers when it begins to leave, and whose answer it ends when it
 * listens no more. So callers send it nothing more in time, instead of finding out by a broken connection of which
 * no one can say whether the call took effect; and no one is on the way to it when it closes its door. Begins with the
 * first question.
 */
export function watchPresence(origin: string, onAbsent: () => void): Presence {
  const agent = new Agent({ connect: { timeout: 500 }, headersTimeout: 0, bodyTimeout: 0 });
  const closing = new AbortController();
  let absence: Absence | null = null;
  let watching = false;

  async function watch(): Promise<void> {
    watching = true;
    try {
      const signal = closing.signal;
      const { statusCode, body } = await agent.request({ origin, path: '/leaving', method: 'GET', signal });
      // Somebody who does not know the question is there all the same.
      if (statusCode === 200) depart(true, performance.now(), body.dump());
      else await body.dump();
    } catch {
      depart(false, performance.now());
    } finally {
      watching = false;
    }
  }

  function depart(announced: boolean, since: number, left: Promise<void> = Promise.resolve()): void {
    if (closing.signal.aborted || absence !== null) return;
    absence = { announced, since, over: Promise.withResolvers() };
    onAbsent();
    void lookOut(absence, left);
  }

  async function lookOut({ since, over }: Absence, left: Promise<void>): Promise<void> {
    await left.catch(() => undefined);
    while (!(await isReady())) {
      if (closing.signal.aborted) return;
      const wait = performance.now() - since > EXPECTED_MS ? LOOK_EVERY_LATER_MS : LOOK_EVERY_MS;
      await pause(wait, undefined, { ref: false });
    }
    absence = null;
    over.resolve();
    if (!closing.signal.aborted && !watching) void watch();
  }

  /** On a connection of its own: who leaves and who comes may share the address. */
  async function isReady(): Promise<boolean> {
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(1_000)]);
      const { statusCode, body } = await agent.request({ origin, path: '/ready', method: 'GET', reset: true, signal });
      await body.dump();
      return statusCode === 200;
    } catch {
      return false;
    }
  }

  return {
    async comes(patienceMs) {
      if (closing.signal.aborted) return false;
      if (absence === null) {
        if (!watching) void watch();
        return true;
      }
      const { announced, since, over } = absence;
      const now = performance.now();
      const left = announced ? Math.min(patienceMs, since + EXPECTED_MS - now) : since + GONE_MS - now;
      if (left <= 0) return false;
      const late = Promise.withResolvers<false>();
      const timer = setTimeout(() => late.resolve(false), left);
      try {
        return await Promise.race([over.promise.then(() => true), late.promise]);
      } finally {
        clearTimeout(timer);
      }
    },
    missed: (since) => depart(false, since),
    async close() {
      closing.abort();
      await agent.destroy();
    },
  };
}
