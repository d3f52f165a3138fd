import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { REPOSITORY } from '@comptoir/launch/machine/repository.ts';
import { benchAuthorization } from './authorization.ts';
import { benchCharging } from './charging.ts';
import { benchDashboard } from './dashboard.ts';
import { type Databases, openDatabases } from './databases.ts';
import { detailsOf, type Outcome, tableOf } from './figures.ts';
import { benchGrowth } from './growth.ts';
import { type Load, startLoad } from './load.ts';
import { FULL, type Plan, QUICK } from './plan.ts';
import { profile } from './profile.ts';

/**
 * `npm run bench`: its own database, its own servers, all on loopback; contestants by turns in rounds, medians of
 * ratios, one table beside SPEED.md's columns, and `bench-results.json`. Absolute numbers move from day to day; ratios
 * of one run hold.
 */
const SUITES: Record<string, (databases: Databases, load: Load, plan: Plan, tell: Tell) => Promise<Outcome>> = {
  dashboard: benchDashboard,
  authorization: benchAuthorization,
  charging: benchCharging,
  growth: benchGrowth,
};
type Tell = (sentence: string) => void;

const began = performance.now();
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const tell: Tell = (sentence) =>
  say(`  ${((performance.now() - began) / 1_000).toFixed(0).padStart(4)} s  ${sentence}`);

const HELP = `npm run bench -- [--quick] [--rounds n] [--events n] [--only ${Object.keys(SUITES).join(',')}] [--profile dashboard|charging]
  --quick    under a minute: for seeing that it runs; its figures are rough
  --rounds   of every contestant, ${FULL.rounds} if unsaid
  --events   of the longer history, ${FULL.events} if unsaid; 10000000 takes many minutes and 5 GB
  --only     some of the suites, by name
  --profile  measures nothing, and shows where the one process spends its processor`;

type Arguments = { plan: Plan; suites: string[]; profiled: 'dashboard' | 'charging' | null };

function readArguments(): Arguments {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      events: { type: 'string' },
      only: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) throw new Error(HELP);
  const whole = (name: 'rounds' | 'events', least: number, otherwise: number): number => {
    const given = values[name];
    if (given === undefined) return otherwise;
    if (!/^\d+$/.test(given) || Number(given) < least)
      throw new Error(`--${name} is a number from ${least} on.\n${HELP}`);
    return Number(given);
  };
  const { profile: profiled = null } = values;
  if (profiled !== null && profiled !== 'dashboard' && profiled !== 'charging')
    throw new Error(`--profile is for dashboard or charging.\n${HELP}`);
  const suites = values.only?.split(',') ?? Object.keys(SUITES);
  const unknown = suites.find((name) => SUITES[name] === undefined);
  if (unknown !== undefined) throw new Error(`There is no suite ${unknown}.\n${HELP}`);
  const plan = values.quick ? QUICK : FULL;
  return {
    plan: { ...plan, rounds: whole('rounds', 1, plan.rounds), events: whole('events', 20_000, plan.events) },
    suites,
    profiled,
  };
}

async function bench(): Promise<void> {
  const { plan, suites, profiled } = readArguments();
  const databases = await openDatabases(tell);
  undo.push(() => databases.remove());
  const load = await startLoad(databases.server.pid());
  undo.push(() => load.stop());

  if (profiled !== null) {
    say(`\n${await profile(databases, load, profiled)}`);
    return;
  }
  say(`Comptoir is measured: ${plan.rounds} rounds of ${plan.ms / 1_000} s, contestants by turns.`);
  const outcomes: Outcome[] = [];
  try {
    for (const name of suites) {
      outcomes.push(await (SUITES[name] as (typeof SUITES)[string])(databases, load, plan, tell));
      tell(`${name}: measured`);
    }
  } finally {
    // What was measured before something failed is worth having, and says by what it lacks that it is not all.
    if (outcomes.length > 0) await publish(databases, plan, outcomes);
  }
}

async function publish(databases: Databases, plan: Plan, outcomes: readonly Outcome[]): Promise<void> {
  const machine = {
    date: new Date().toISOString(),
    node: process.version,
    postgres: databases.version,
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGB: Math.round(totalmem() / 2 ** 30),
    seconds: Math.round((performance.now() - began) / 1_000),
  };
  const figures = outcomes.flatMap((outcome) => outcome.figures);
  const details = outcomes.flatMap((outcome) => outcome.details);
  say(`\n${tableOf(figures)}\n\n${detailsOf(details)}\n`);
  say(
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGB} GB, Node ${machine.node}, PostgreSQL ${machine.postgres}, ${machine.date}, ${machine.seconds} s in all.`,
  );
  const file = new URL('bench-results.json', REPOSITORY);
  await writeFile(file, `${JSON.stringify({ machine, plan, figures, details }, null, 2)}\n`);
  say('Written to bench-results.json.');
}

const undo: (() => Promise<void>)[] = [];
let stopping: Promise<void> | null = null;
function stop(): Promise<void> {
  stopping ??= (async () => {
    for (const one of undo.reverse()) await one().catch((error: unknown) => say(`While stopping: ${error}`));
  })();
  return stopping;
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, async () => {
    say('\nStopping.');
    await stop();
    process.exit(130);
  });
}

try {
  await bench();
} catch (error) {
  if (stopping === null) say(`\nThe bench ended early. ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await stop();
}
