import assert from 'node:assert/strict';
import { withClient } from '@comptoir/launch/postgres/adminClient.ts';
import { SUBGRAPHS } from '@comptoir/shared/values/subgraphs.ts';
import { until } from '@comptoir/testing/until.ts';
import { checkBooks, readChecks } from '../torture/books.ts';
import type { Client } from '../torture/place.ts';
import {
  closedLoop,
  eventBody,
  inMs,
  isGood,
  type NextCall,
  openCaller,
  SCREEN,
  type Seen,
  spreadMs,
  tally,
} from './load.ts';
import { openGuardInstallation } from './openInstallation.ts';

const WIDTH = 16;

/**
 * Every process is told to leave in turn, and the next one takes its place, while changes and queries are sent all the
 * time: no change fails.
 */
export async function deploys(rounds: number): Promise<void> {
  const installation = await openGuardInstallation('five processes');
  const services = installation.services;
  if (services === null) throw new Error('There are no services.');
  const client = installation.place.clients[0] as Client;
  const caller = openCaller(installation.url, client.key);
  let [over, turn] = [false, 0];
  const next: NextCall = () => {
    turn += 1;
    return turn % 2 === 0 ? { body: SCREEN, mutation: false } : { body: eventBody(client), mutation: true };
  };
  try {
    const load = closedLoop(caller, next, { width: WIDTH, stopped: () => over });
    // Until V8 has seen what is hot: the first answers of new processes are not what is asked for here.
    await until(() => turn > 500, 'the load to begin');
    const took: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      // In the order of ADR 17.
      for (const name of ['gateway', ...SUBGRAPHS] as const) {
        const service = services[name];
        const last = service.pid() as number;
        const from = performance.now();
        process.kill(last, 'SIGTERM');
        await until(() => service.pid() !== null && service.pid() !== last && isGone(last), `${name} to be replaced`);
        took.push(performance.now() - from);
        const sent = turn;
        await until(() => turn > sent + 100, 'the load to go on');
      }
    }
    over = true;
    const seen = await load;
    report(seen, took);
    assert.deepEqual(installation.ends, []);
    const checks = await readChecks();
    await until(
      () => withClient(installation.adminUrl, async (admin) => (await checkBooks(admin, checks)).length === 0),
      'the books to balance',
    );
    const failed = seen.filter((one) => !isGood(one));
    assert.equal(failed.filter(({ mutation }) => mutation).length, 0, 'No change fails.');
    assert.equal(failed.length, 0, 'No query fails.');
  } finally {
    over = true;
    await caller.close();
    await installation.stop();
  }
}

function report(seen: readonly Seen[], took: readonly number[]): void {
  const [changes, queries] = [seen.filter(({ mutation }) => mutation), seen.filter(({ mutation }) => !mutation)];
  console.log(
    `deploys      ${took.length} processes replaced in turn (${inMs(spreadMs(took))} each), ${WIDTH} callers: ` +
      `changes ${tally(changes)} (${inMs(spreadMs(changes.map(({ ms }) => ms)))}); queries ${tally(queries)} (${inMs(spreadMs(queries.map(({ ms }) => ms)))})`,
  );
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
