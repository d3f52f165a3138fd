import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Topology } from '../product/startProduct.ts';
import { spreadOf } from '../statistics/statistics.ts';
import { type Caller, openCaller } from './load.ts';
import { openGuardInstallation } from './openInstallation.ts';

const STALL_MS = 100;
const ROUNDS = 5;

/**
 * A few rows many times over: 2 clients, their 10 trackers, the account of each, its trackers, and so on. `fields` of
 * 2,000 trackers.
 */
const fleet = (id: string, fields: number, spread = false): string => {
  const names = Array.from({ length: fields }, (_, at) => `f${at}: name`).join(' ');
  const trackers = (inner: string): string =>
    spread ? `trackers(first: 10) { ... { nodes { ${inner} } } }` : `trackers(first: 10) { nodes { ${inner} } }`;
  const account = (inner: string): string => `account { ${inner} }`;
  return `{ account(id: "${id}") { clients(first: 2) { nodes { ${trackers(account(trackers(account(trackers(names)))))} } } } }`;
};

/** The largest that is allowed, and what is a little more. */
const largestOf = (id: string): Record<string, string> => ({
  'just within the bound in bytes': fleet(id, 200),
  'beyond the bound in bytes, within that of values': fleet(id, 235),
  'the same in fragments': fleet(id, 235, true),
  'introspection, all that is allowed': `{ __schema { types { name description fields { name description args { name type { name ofType { name } } } type { name ofType { name ofType { name } } } } } } }`,
});

/**
 * One request holds nobody up: `/health` is asked all the time while the largest answers are made, one after the
 * other.
 */
export async function largest(topology: Topology): Promise<void> {
  const house = await openGuardInstallation(topology);
  const caller = openCaller(house.url, house.place.partner.key);
  const broken: string[] = [];
  try {
    await caller.send(JSON.stringify({ query: fleet(house.place.partner.accountId, 1) }), false);
    const calm = await watchHealth(house.url, () => pause(2_000));
    console.log(`largest      in ${topology}, nobody asking: /health at most ${Math.max(...calm).toFixed(0)} ms`);
    for (const [name, query] of Object.entries(largestOf(house.place.partner.accountId))) {
      const told: string[] = [];
      const ms = await watchHealth(house.url, async () => {
        for (let round = 0; round < ROUNDS; round += 1) told.push(await ask(caller, query));
      });
      const { median, max } = spreadOf(ms);
      console.log(
        `largest      ${name}: ${told.at(-1)}; /health median ${median.toFixed(1)}, at most ${max.toFixed(0)} ms`,
      );
      if (max > STALL_MS) broken.push(`${name}: /health waited ${max.toFixed(0)} ms`);
    }
    assert.deepEqual(broken, []);
  } finally {
    await caller.close();
    await house.stop();
  }
}

async function ask(caller: Caller, query: string): Promise<string> {
  const { status, code, ms, bytes } = await caller.send(JSON.stringify({ query }), false);
  return `${status} ${code ?? 'ok'}, ${(bytes / 1e6).toFixed(1)} MB in ${ms.toFixed(0)} ms`;
}

/** How long `/health` takes, again and again, until the work is done. */
async function watchHealth(url: string, work: () => Promise<unknown>): Promise<number[]> {
  let done = false;
  const worked = work().finally(() => {
    done = true;
  });
  worked.catch(() => undefined);
  const ms: number[] = [];
  do {
    const from = performance.now();
    await (await fetch(`${url}/health`)).text();
    ms.push(performance.now() - from);
    await pause(5);
  } while (!done);
  await worked;
  return ms;
}
