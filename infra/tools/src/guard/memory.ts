import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { distinctOperation } from './distinctOperations.ts';
import { type Caller, eventBody, openCaller, SCREEN, type Seen } from './load.ts';
import { openGuardInstallation } from './openInstallation.ts';

const MB = 1e6;
const MORE_MB = 150;
/** Operations that fill every cache, after which memory may grow no more. */
const WARM = 3_000;
const WIDTH = 8;

const MAX_AGAIN = 30;
const isBusy = ({ text, retryAfter }: Seen): boolean => retryAfter !== null || text.includes('"retryAfter"');

/** What the process holds in memory, by Linux. */
function residentMb(pid: number): number {
  const [, kb] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (kb === undefined) throw new Error('This figure is read from /proc.');
  return (Number(kb) * 1_024) / MB;
}

/**
 * Memory has a bound: operations no two of which are alike, every fourth time a screen and an event between them, and
 * what the process holds after each tenth of them.
 */
export async function memory(operations: number): Promise<void> {
  const installation = await openGuardInstallation('one process');
  const [first] = installation.place.clients;
  if (first === undefined) throw new Error('There is no client.');
  const partner = openCaller(installation.url, installation.place.partner.key);
  const client = openCaller(installation.url, first.key);
  const pid = installation.pids()['product'] as number;
  let sent = 0;
  const ask = async (caller: Caller, body: string, mutation: boolean): Promise<void> => {
    let seen = await caller.send(body, mutation);
    // Who says come back is busy; the event of a body has an id of its own, so nothing happens twice.
    for (let again = 0; again < MAX_AGAIN && isBusy(seen); again += 1) {
      await pause(1_000);
      seen = await caller.send(body, mutation);
    }
    const { status, code, text } = seen;
    assert.ok(status === 200 && code === null, `Answered ${status} ${code} ${text.slice(0, 300)}`);
  };
  const until = async (end: number): Promise<number> => {
    const work = async (): Promise<void> => {
      while (sent < end) {
        const n = sent++;
        await ask(partner, JSON.stringify({ query: distinctOperation(n) }), false);
        if (n % 4 === 0) await ask(client, SCREEN, false);
        if (n % 4 === 2) await ask(client, eventBody(first), true);
      }
    };
    await Promise.all(Array.from({ length: WIDTH }, work));
    return residentMb(pid);
  };
  try {
    const started = residentMb(pid);
    const warm = await until(WARM);
    const then: number[] = [];
    for (let part = 1; part <= 10; part += 1) then.push(await until(WARM + (operations * part) / 10));
    console.log(
      `memory       ${started.toFixed(0)} MB at the start, ${warm.toFixed(0)} MB after ${WARM} distinct operations, ` +
        `then after each tenth of ${operations} more: ${then.map((mb) => mb.toFixed(0)).join(', ')} MB; bound ${(warm + MORE_MB).toFixed(0)}`,
    );
    assert.ok(Math.max(...then) <= warm + MORE_MB, `Memory grew by more than ${MORE_MB} MB.`);
  } finally {
    await Promise.all([partner.close(), client.close()]);
    await installation.stop();
  }
}
