import { setTimeout as pause } from 'node:timers/promises';
import type { Signer } from '@comptoir/launch/installation/secrets.ts';
import { untilReady } from '@comptoir/launch/installation/serviceProcesses.ts';
import type { Random } from '@comptoir/testing/random.ts';
import { until } from '@comptoir/testing/until.ts';
import { kill } from '../processes/kill.ts';
import type { TortureInstallation } from './installation.ts';

export type StrikeOptions = {
  installation: TortureInstallation;
  /** How often a service is killed, and how often the database. */
  kills: number;
  crashes: number;
  random: Random;
  /** Rises with every call that was answered. */
  answered: () => number;
  /** From the database's return to the first answered call, at most. */
  recoverWithinMs: number;
  tell: (sentence: string) => void;
  violations: string[];
};

export type Strikes = {
  kills: Map<Signer, number>;
  crashes: number;
  /** From the database's return to the first answered call, of those crashes at which all services ran. */
  recoveriesMs: number[];
};

/** Under load and with restarts a call is answered long before this. */
const STANDSTILL_MS = 120_000;

/**
 * Kills services, and crashes the database in between, until it has done so as often as it was told; `done` says how
 * far it is. Throws when nothing is answered for two minutes.
 */
export async function strike(options: StrikeOptions, done: Strikes): Promise<void> {
  const { installation, kills, crashes, random, answered, recoverWithinMs, tell, violations } = options;
  const total = kills + crashes;
  for (let at = 1; at <= total; at += 1) {
    const before = answered();
    await pause(random.between(300, 800));
    // Mostly what is struck is at work again; sometimes it is still coming up.
    if (random.chance(0.8)) await progress(options, before);
    if (Math.floor((at * crashes) / total) > done.crashes) {
      done.crashes += 1;
      const calm = done.crashes % 2 === 1;
      const recovery = await (calm ? crashCalmly(options) : crashAndKill(options, done));
      if (recovery !== null) {
        done.recoveriesMs.push(recovery);
        if (recovery > recoverWithinMs)
          violations.push(`After a crash of the database the first answer took ${Math.round(recovery)} ms.`);
      }
      tell(
        `crash ${done.crashes} of the database${recovery === null ? '' : `, answered again after ${Math.round(recovery)} ms`}`,
      );
    } else {
      const name = killOne(installation, random, done);
      if (name !== null && at % 10 === 0) tell(`${at} of ${total} strikes, the last at ${name}`);
      if (name === null) at -= 1;
    }
  }
}

/** Null when the chosen one is just being started again. */
function killOne({ services }: TortureInstallation, random: Random, { kills }: Strikes): Signer | null {
  const name = random.pick(Object.keys(services) as Signer[]);
  const pid = services[name].pid();
  if (pid === null) return null;
  kill(pid);
  kills.set(name, (kills.get(name) ?? 0) + 1);
  return name;
}

const progress = ({ answered }: StrikeOptions, before = answered()): Promise<boolean> =>
  until(() => answered() > before, 'a call to be answered', STANDSTILL_MS);

/**
 * The database alone goes: no process may end with it, and calls are answered as soon as it is back. Returns the
 * milliseconds that this took.
 */
async function crashCalmly(options: StrikeOptions): Promise<number> {
  const { installation, random, answered, violations } = options;
  await untilReady(`${installation.url}/ready`, STANDSTILL_MS);
  await progress(options);
  const pids = pidsOf(installation);
  await installation.server.crash();
  await pause(random.between(0, 1_500));
  await installation.server.start();
  const [returned, before] = [performance.now(), answered()];
  await progress(options, before);
  const recovery = performance.now() - returned;
  if (pidsOf(installation) !== pids) violations.push('A process ended because the database did.');
  return recovery;
}

const pidsOf = ({ services }: TortureInstallation): string =>
  Object.values(services)
    .map(({ name, pid }) => `${name} ${pid()}`)
    .join(', ');

/** The worse case: a service dies while the database is away, and comes up before it does. */
async function crashAndKill({ installation, random }: StrikeOptions, done: Strikes): Promise<null> {
  await installation.server.crash();
  killOne(installation, random, done);
  await pause(random.between(0, 1_500));
  await installation.server.start();
  return null;
}
