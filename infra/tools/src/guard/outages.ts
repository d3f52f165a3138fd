import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import { until } from '@comptoir/testing/until.ts';
import type { Topology } from '../product/startProduct.ts';
import type { Client } from '../torture/place.ts';
import {
  type Caller,
  closedLoop,
  eventBody,
  inMs,
  isGood,
  openCaller,
  SCREEN,
  type Seen,
  spreadMs,
  tally,
} from './load.ts';
import { type GuardInstallation, openGuardInstallation } from './openInstallation.ts';

/** Without identity no one new gets in; of the others each is a part of the screen that may be missing. */
const OUT: [name: SubgraphName, rest: RegExp][] = [
  ['billing', /"trackers":\{"nodes":\[\{/],
  ['trackers', /"wallets":\[\{/],
  ['identity', /"SERVICE_UNAVAILABLE"/],
];

/**
 * One subgraph after the other is killed, then held up: what can be answered is, with a typed error for the rest,
 * within a second or five.
 */
export async function outages(): Promise<void> {
  const installation = await openGuardInstallation('five processes');
  const caller = openCaller(installation.url, installation.place.clients[0]?.key ?? '');
  try {
    for (let warm = 0; warm < 200; warm += 1) await caller.send(SCREEN, false);
    for (const [name, rest] of OUT) await down(installation, caller, name, rest);
    for (const [name, rest] of OUT) await slow(installation, caller, name, rest);
  } finally {
    await caller.close();
    await installation.stop();
  }
}

async function down(installation: GuardInstallation, caller: Caller, name: SubgraphName, rest: RegExp): Promise<void> {
  process.kill(installation.services?.[name].pid() as number, 'SIGKILL');
  const seen: Seen[] = [];
  // It is started again by its supervisor; until then it is down.
  do {
    seen.push(await caller.send(SCREEN, false));
    await pause(20);
  } while (!isGood(seen.at(-1) as Seen) || seen.length < 5);
  judge(`${name} killed`, seen, rest, 1_000, ['SUBGRAPH_UNAVAILABLE', 'SERVICE_UNAVAILABLE']);
}

async function slow(installation: GuardInstallation, caller: Caller, name: SubgraphName, rest: RegExp): Promise<void> {
  const pid = installation.services?.[name].pid() as number;
  process.kill(pid, 'SIGSTOP');
  let seen: Seen[];
  try {
    // What was found to hold a moment ago is believed for half a second.
    await pause(600);
    seen = await Promise.all(Array.from({ length: 5 }, () => caller.send(SCREEN, false)));
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  judge(`${name} held up`, seen, rest, 5_000, ['SUBGRAPH_TIMEOUT', 'SERVICE_UNAVAILABLE']);
  await until(async () => isGood(await caller.send(SCREEN, false)), `${name} to be back`);
}

function judge(what: string, seen: readonly Seen[], rest: RegExp, withinMs: number, codes: readonly string[]): void {
  const partial = seen.filter((one) => !isGood(one));
  const times = spreadMs(partial.map(({ ms }) => ms));
  console.log(`outages      ${what}: ${tally(seen)}; without it: ${inMs(times)}`);
  assert.ok(partial.length > 0, `${what}: nobody noticed.`);
  for (const { status, code, text } of partial) {
    assert.ok(status === 200 || status === 503, `${what}: ${status} ${code}`);
    assert.ok(code !== null && codes.includes(code), `${what}: the code ${code}`);
    assert.match(text, rest, `${what}: the rest is missing`);
  }
  assert.ok(times.max <= withinMs, `${what}: answered after ${times.max.toFixed(0)} ms.`);
}

/**
 * The database is stopped and started again under load: no process ends, and a second after its return all is as
 * before.
 */
export async function databaseRestart(topology: Topology, rounds: number): Promise<void> {
  const installation = await openGuardInstallation(topology);
  const client = installation.place.clients[0] as Client;
  const caller = openCaller(installation.url, client.key);
  try {
    const pids = installation.pids();
    let [over, turn] = [false, 0];
    const next = () => {
      turn += 1;
      return turn % 2 === 0 ? { body: SCREEN, mutation: false } : { body: eventBody(client), mutation: true };
    };
    const load = closedLoop(caller, next, { width: 8, stopped: () => over });
    await until(() => turn > 300, 'the load to begin');
    const back: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await installation.server.stop();
      await pause(500);
      await installation.server.start();
      const returned = performance.now();
      const answered = async (one: () => { body: string; mutation: boolean }): Promise<boolean> => {
        const { body, mutation } = one();
        return isGood(await caller.send(body, mutation));
      };
      await until(() => answered(() => ({ body: SCREEN, mutation: false })), 'a query to be answered');
      await until(() => answered(() => ({ body: eventBody(client), mutation: true })), 'a change to be answered');
      back.push(performance.now() - returned);
      const sent = turn;
      await until(() => turn > sent + 50, 'the load to go on');
    }
    over = true;
    const seen = await load;
    console.log(
      `database     in ${topology}: ${rounds} restarts under load, a query and a change answered again after ${inMs(spreadMs(back))}; meanwhile ${tally(seen)}`,
    );
    assert.deepEqual(installation.pids(), pids, 'A process ended.');
    assert.deepEqual(installation.ends, []);
    assert.ok(Math.max(...back) <= 1_000, 'Answered again within a second of its return.');
  } finally {
    await caller.close();
    await installation.stop();
  }
}
