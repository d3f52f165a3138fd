import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { ATTACKS, type Attack, HELD } from '@comptoir/testing/attacks/attacks.ts';
import { type Answer, isRefusal, sendAttack } from '@comptoir/testing/attacks/sendAttack.ts';
import { Agent } from 'undici';
import { cpuBetween, cpuTimes } from '../processes/cpuTimes.ts';
import { spreadOf } from '../statistics/statistics.ts';
import { type Caller, openCaller } from './load.ts';
import { openGuardInstallation } from './openInstallation.ts';

const TIMES = 20;
const REFUSED_WITHIN_MS = 50;
const SMALL = JSON.stringify({ query: '{ viewer { account { name } } }' });

type Timed = Answer & { ms: number };

async function timed(url: string, agent: Agent, attack: Attack): Promise<Timed> {
  const from = performance.now();
  const answer = await sendAttack(url, agent, attack);
  return { ...answer, ms: performance.now() - from };
}

/**
 * Cheap attacks stay cheap: each is sent twenty times, one after the other, while somebody else asks something small
 * all the time.
 */
export async function attacks(): Promise<void> {
  const installation = await openGuardInstallation('one process');
  const other = openCaller(installation.url, installation.place.clients[0]?.key ?? '');
  const agent = new Agent({ pipelining: 1 });
  const broken: string[] = [];
  try {
    for (let warm = 0; warm < 300; warm += 1) await other.send(SMALL, false);
    const calm: number[] = [];
    const during: { name: string; ms: number[] }[] = [];
    const beside = async (name: string, work: () => Promise<void>): Promise<void> => {
      calm.push(...(await listen(other, () => pause(200))));
      during.push({ name, ms: await listen(other, work) });
    };
    const medians: { attack: Attack; ms: number; ownMs: number | null; told: string }[] = [];
    const cpu = () => cpuTimes(Object.values(installation.pids()).filter((pid) => pid !== null));
    for (const attack of ATTACKS) {
      const answers: Timed[] = [];
      await beside(attack.name, async () => {
        while (answers.length < TIMES) answers.push(await timed(installation.url, agent, attack));
      });
      // Once more with no one beside: on a machine that others use, our processor time tells more than the clock.
      const before = cpu();
      for (let more = 0; more < TIMES; more += 1) answers.push(await timed(installation.url, agent, attack));
      const spent = cpuBetween(before, cpu());
      const last = answers.at(-1) as Timed;
      medians.push({
        attack,
        ms: spreadOf(answers.map(({ ms }) => ms)).median,
        ownMs: spent === null ? null : spent / TIMES,
        told: `${last.status} ${/"code":"([A-Z_]+)"/.exec(last.text)?.[1] ?? 'no code'}`,
      });
      if (!answers.every(isRefusal))
        broken.push(`${attack.name}: ${last.status} ${last.type} ${last.text.slice(0, 200)}`);
    }
    for (const held of HELD) await beside(held.name, () => hold(installation.url, held));

    const worst = medians.toSorted((one, two) => two.ms - one.ms);
    for (const { attack, ms, ownMs, told } of worst)
      console.log(
        `attacks      ${ms.toFixed(1).padStart(6)} ms, ${ownMs?.toFixed(1).padStart(5)} ms of our processor  ${told.padEnd(30)} ${attack.name}`,
      );
    const noticed = during.map(({ name, ms }) => ({ name, ms: spreadOf(ms).median }));
    noticed.sort((one, two) => two.ms - one.ms);
    const pooled = spreadOf(during.flatMap(({ ms }) => ms)).median;
    const most = noticed.slice(0, 5).map(({ name, ms }) => `${ms.toFixed(1)} (${name})`);
    console.log(
      `attacks      ${medians.length} attacks, ${2 * TIMES} times each, one after the other: refused after ${worst.at(-1)?.ms.toFixed(1)} to ${worst[0]?.ms.toFixed(1)} ms (medians); ` +
        `somebody else meanwhile: median ${spreadOf(calm).median.toFixed(1)} ms without, ${pooled.toFixed(1)} ms beside them; the most beside: ${most.join(', ')}`,
    );
    const late = medians.filter(({ attack, ms }) => attack.guess !== true && ms > REFUSED_WITHIN_MS);
    broken.push(...late.map(({ attack, ms }) => `${attack.name}: ${ms.toFixed(0)} ms`));
    const harmed = noticed.filter(({ ms }) => ms > REFUSED_WITHIN_MS);
    broken.push(...harmed.map(({ name, ms }) => `${name}: others wait ${ms.toFixed(0)} ms`));
    if (pooled > withinNoise(calm)) broken.push(`others wait ${pooled.toFixed(1)} ms in the middle`);
    assert.deepEqual(broken, []);
  } finally {
    await agent.destroy();
    await other.close();
    await installation.stop();
  }
}

/**
 * What the median of a few dozen answers may be where no one attacks: the middle of what was seen, and three times its
 * spread.
 */
function withinNoise(calm: readonly number[]): number {
  const sorted = calm.toSorted((one, two) => one - two);
  const at = (part: number): number => sorted[Math.floor(sorted.length * part)] as number;
  return at(0.5) + Math.max(2, 3 * (at(0.75) - at(0.25)));
}

/** How long somebody else waits for a small answer, again and again, until the work is done. */
async function listen(other: Caller, work: () => Promise<unknown>): Promise<number[]> {
  let done = false;
  const worked = work().finally(() => {
    done = true;
  });
  worked.catch(() => undefined);
  const ms: number[] = [];
  do {
    const seen = await other.send(SMALL, false);
    assert.equal(seen.status, 200, `Somebody else was answered ${seen.status} ${seen.code}.`);
    ms.push(seen.ms);
    await pause(5);
  } while (!done);
  await worked;
  return ms;
}

/** Keeps the connections for two seconds, sending a little now and then. */
async function hold(url: string, { connections, first, drip }: (typeof HELD)[number]): Promise<void> {
  const port = Number(new URL(url).port);
  const sockets = Array.from({ length: connections }, () => {
    const socket = connect(port, '127.0.0.1', () => socket.write(first));
    // What is refused is closed on us; that is fine.
    return socket.on('error', () => undefined).resume();
  });
  for (let turn = 0; turn < 20; turn += 1) {
    await pause(100);
    if (drip !== '') for (const socket of sockets) if (socket.writable) socket.write(drip);
  }
  for (const socket of sockets) socket.destroy();
}
