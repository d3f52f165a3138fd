import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { Agent } from 'undici';
import { spreadOf } from '../statistics/statistics.ts';
import { RECORD_EVENTS } from '../torture/load.ts';
import type { Client } from '../torture/place.ts';

/** One answer as its caller saw it. */
export type Seen = {
  /** Milliseconds since the load began, when it was sent; and until all of it was there. */
  at: number;
  ms: number;
  /** 0 when none came. */
  status: number;
  /** Of the first error; the connection's where no answer came; null when all is well. */
  code: string | null;
  retryAfter: string | null;
  mutation: boolean;
  bytes: number;
  /** The answer, where it was not what was asked for. */
  text: string;
};

export type Caller = {
  send(body: string, mutation: boolean): Promise<Seen>;
  close(): Promise<void>;
};

/**
 * Who calls with that key, or with none, on as many connections as it needs at once; from another address of this
 * machine, if it says so. Never throws, sends nothing twice.
 */
export function openCaller(
  url: string,
  key: string | null,
  { answerWithinMs = 20_000, from }: { answerWithinMs?: number; from?: string } = {},
): Caller {
  const { origin } = new URL(url);
  const agent = new Agent({ pipelining: 1, keepAliveTimeout: 4_000, connect: { timeout: 5_000, localAddress: from } });
  const began = performance.now();
  return {
    async send(body, mutation) {
      const at = performance.now();
      const seen = { at: at - began, retryAfter: null, mutation, bytes: 0, text: '' };
      try {
        const response = await agent.request({
          origin,
          path: '/graphql',
          method: 'POST',
          headers: { 'content-type': 'application/json', ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
          body,
          signal: AbortSignal.timeout(answerWithinMs),
        });
        const text = await response.body.text();
        const code = /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? null;
        const retryAfter = (response.headers['retry-after'] as string | undefined) ?? null;
        const { statusCode: status } = response;
        const bytes = Buffer.byteLength(text);
        return {
          ...seen,
          ms: performance.now() - at,
          status,
          code,
          retryAfter,
          bytes,
          text: code === null ? '' : text,
        };
      } catch (error) {
        const { code, name } = error as NodeJS.ErrnoException;
        return { ...seen, ms: performance.now() - at, status: 0, code: code ?? name };
      }
    },
    close: () => agent.close(),
  };
}

/** What a partner's screen asks: it needs all four subgraphs. */
export const SCREEN = JSON.stringify({
  query: `{ viewer { account { id name wallets { kind balance } trackers(first: 10) { nodes { id name status payer { id name } } } } } }`,
});

/** One new event on one of the client's trackers: what must not fail, nor happen twice. */
export function eventBody({ trackerIds }: Client): string {
  const trackerId = trackerIds[Math.floor(Math.random() * trackerIds.length)];
  return JSON.stringify({
    query: RECORD_EVENTS,
    variables: { input: { events: [{ eventId: newId(), trackerId, kind: 'SCAN' }] } },
  });
}

export type NextCall = () => { body: string; mutation: boolean };
export const screens: NextCall = () => ({ body: SCREEN, mutation: false });

/** As many callers as said, each of whom sends again as soon as it is answered, until `stopped()`. */
export async function closedLoop(
  caller: Caller,
  next: NextCall,
  { width, stopped }: { width: number; stopped: () => boolean },
): Promise<Seen[]> {
  const seen: Seen[] = [];
  const work = async (): Promise<void> => {
    while (!stopped()) {
      const { body, mutation } = next();
      const one = await caller.send(body, mutation);
      seen.push(one);
      // No one hammers a door that does not open.
      if (one.status !== 200) await pause(5);
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  return seen;
}

/**
 * Calls that come at a rate whether or not earlier ones are answered, as those of many strangers do. Returns the
 * answers, and how late we were to send at most.
 */
export async function openLoop(
  caller: Caller,
  next: NextCall,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<{ seen: Seen[]; lateMs: number }> {
  const seen: Promise<Seen>[] = [];
  const began = performance.now();
  let lateMs = 0;
  for (;;) {
    const elapsed = performance.now() - began;
    if (elapsed > seconds * 1_000) break;
    const due = Math.floor((elapsed / 1_000) * perSecond);
    if (due > seen.length) lateMs = Math.max(lateMs, elapsed - (seen.length / perSecond) * 1_000);
    while (seen.length < due) {
      const { body, mutation } = next();
      seen.push(caller.send(body, mutation));
    }
    await pause(1);
  }
  return { seen: await Promise.all(seen), lateMs };
}

export const forSeconds = (seconds: number): (() => boolean) => {
  const until = performance.now() + seconds * 1_000;
  return () => performance.now() > until;
};

export const isGood = ({ status, code }: Seen): boolean => status === 200 && code === null;

/** How many of each status and code, the most frequent first. */
export function tally(seen: readonly Seen[]): string {
  const groups = Map.groupBy(seen, ({ status, code }) => `${status || 'no answer'}${code === null ? '' : ` ${code}`}`);
  return (
    [...groups]
      .sort(([, one], [, other]) => other.length - one.length)
      .map(([name, list]) => `${list.length} × ${name}`)
      .join(', ') || 'none'
  );
}

export function spreadMs(values: readonly number[]): { median: number; p99: number; max: number } {
  if (values.length === 0) return { median: 0, p99: 0, max: 0 };
  const sorted = values.toSorted((one, other) => one - other);
  const p99 = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] as number;
  return { median: spreadOf(sorted).median, p99, max: sorted.at(-1) as number };
}

export const inMs = ({ median, p99, max }: ReturnType<typeof spreadMs>): string =>
  `median ${median.toFixed(0)}, p99 ${p99.toFixed(0)}, most ${max.toFixed(0)} ms`;
