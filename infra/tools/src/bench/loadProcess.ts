import { randomBytes } from 'node:crypto';
import { Client } from 'undici';
import { runChild } from '../processes/child.ts';
import type { Bodies, LoadOrder, LoadReport } from './load.ts';

/**
 * Sends requests over and over, one after the other on each connection, and says how many were answered as they should.
 */
runChild<object>(async () => ({ url: '', answer: sendFor, stop: async () => {} }));

async function sendFor({ url, headers, concurrency, ms, bodies }: LoadOrder): Promise<LoadReport> {
  const { origin, pathname } = new URL(url);
  const report: LoadReport = { requests: 0, ms: 0, failures: 0, problem: null, latenciesMs: [] };
  const next = bodiesOf(bodies);
  const accepted = 'batch' in bodies ? `"accepted":${bodies.batch}` : null;
  let length: number | null = null;

  /** Events must all be accepted; a query must give as much as it gave the first time, and no errors. */
  const isGood = (status: number, text: string): boolean => {
    if (status !== 200) return false;
    if (accepted !== null) return text.includes(accepted);
    length ??= text.startsWith('{"errors"') || text.includes('"errors":[') ? -1 : text.length;
    return text.length === length;
  };
  const started = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      const client = new Client(origin);
      try {
        while (performance.now() - started < ms) {
          const sent = performance.now();
          const { statusCode, body } = await client.request({
            path: pathname,
            method: 'POST',
            headers: { 'content-type': 'application/json', ...headers },
            body: next(),
          });
          const text = await body.text();
          report.latenciesMs.push(performance.now() - sent);
          report.requests += 1;
          if (!isGood(statusCode, text)) {
            report.failures += 1;
            report.problem ??= `${statusCode} ${text.slice(0, 500)}`;
          }
        }
      } finally {
        await client.close();
      }
    }),
  );
  report.ms = performance.now() - started;
  return report;
}

function bodiesOf(bodies: Bodies): () => string {
  if ('same' in bodies) return () => bodies.same;
  const { query, trackerIds, batch } = bodies;
  const run = randomBytes(6).toString('hex');
  let count = 0;
  const event = (): object => {
    const at = count++;
    return { eventId: `${run} ${at}`, trackerId: trackerIds[at % trackerIds.length], kind: 'SCAN' };
  };
  return () => JSON.stringify({ query, variables: { input: { events: Array.from({ length: batch }, event) } } });
}
