import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withClient } from '@comptoir/launch/postgres/adminClient.ts';
import { type CpuTimes, cpuBetween, cpuTimes, withChildren } from '../processes/cpuTimes.ts';
import { startProcess } from '../processes/startProcess.ts';
import { interleave, ratios, spreadOf } from '../statistics/statistics.ts';
import { BARE_DEBIT, type BareConfig, type BareOrder, type BareReport } from './bareDebit.ts';
import type { Databases } from './databases.ts';
import { exactly, type Outcome } from './figures.ts';
import type { Load } from './load.ts';
import { startOurs } from './ours.ts';
import type { Plan } from './plan.ts';
import { RECORD } from './seed.ts';

const BATCH = 100;
/** Large batches keep a process busy with few requests at once. */
const BATCH_CONCURRENCY = 4;
const WALLETS = { spread: 50, hot: 1 };
const KINDS = ['spread', 'hot'] as const;
type Kind = (typeof KINDS)[number];
/** Events per second, and what each costs in processor time, PostgreSQL's included; null where that is not known. */
type Rate = { perSecond: number; cpuMs: number | null };

/**
 * Charged events per second, the whole way from HTTP with an API key to the committed charge, against bare prepared
 * debits on the same server: spread over 50 wallets, and all on one. And the statements that an event of a batch costs.
 */
export async function benchCharging(
  databases: Databases,
  load: Load,
  plan: Plan,
  tell: (sentence: string) => void,
): Promise<Outcome> {
  const { world, adminUrl } = databases;
  const { write: concurrency } = plan.concurrency;
  const trackerIds = { spread: world.ownTrackerIds, hot: world.hotTrackerIds };
  const ours = await startOurs(databases, { name: 'ours charging' });
  const config: BareConfig = { adminUrl, concurrency };
  const bare = await startProcess(new URL('./bareDebitProcess.ts', import.meta.url), config);
  const pgbench = await preparePgbench(databases, concurrency);
  if (pgbench === null) tell('charging: pgbench is not installed, so the bare debits alone are the measure');
  try {
    const events = async (kind: Kind, ms: number, batch: number, pipelineBegin: number): Promise<Rate> => {
      const bodies = { query: RECORD, trackerIds: trackerIds[kind], batch };
      const { perSecond, cpuMs } = await load.run(ours, { concurrency: pipelineBegin, ms, bodies });
      return { perSecond: perSecond * batch, cpuMs: cpuMs && (cpuMs.own + cpuMs.postgres) / batch };
    };
    const single = (kind: Kind, ms: number): Promise<Rate> => events(kind, ms, 1, concurrency);
    const batch = (kind: Kind, ms: number): Promise<Rate> => events(kind, ms, BATCH, BATCH_CONCURRENCY);
    const debit = async (kind: Kind, ms: number): Promise<Rate> => {
      const look = (): CpuTimes => cpuTimes([bare.pid, ...withChildren(databases.server.pid())]);
      const order: BareOrder = { wallets: WALLETS[kind], ms };
      const before = look();
      const report = await bare.ask<BareReport>(order);
      const used = cpuBetween(before, look());
      return { perSecond: (report.debits / report.ms) * 1_000, cpuMs: used && used / report.debits };
    };
    const programs = { single, batch, debit, ...(pgbench === null ? {} : { pgbench }) };
    const named = Object.entries(programs).flatMap(([name, program]) =>
      KINDS.map((kind) => [`${name} ${kind}`, (ms: number) => program(kind, ms)] as const),
    );
    const runs = new Map(named);
    const names = [...runs.keys()];
    const bodies = { query: RECORD, trackerIds: trackerIds.spread, batch: 1 };
    await load.warmUp(ours, { concurrency, ms: plan.warmUpMs, bodies });
    for (const name of names.filter((one) => !one.startsWith('pgbench'))) await runs.get(name)?.(plan.warmUpMs / 4);
    const measured = await interleave(names, plan.rounds, (name) => (runs.get(name) as (typeof named)[0][1])(plan.ms));
    const rates = (name: string): Rate[] => (measured as Record<string, Rate[]>)[name] as Rate[];
    const rate = (name: string): number[] => rates(name).map(({ perSecond }) => perSecond);
    const against = (name: 'single' | 'batch', kind: Kind) => ratios(rate(`${name} ${kind}`), rate(`debit ${kind}`));
    const shown: Record<string, string> = {
      single: `ours, one event a request, ${concurrency} at once`,
      batch: `ours, ${BATCH} events a request, ${BATCH_CONCURRENCY} at once`,
      debit: `bare prepared debits, ${concurrency} connections`,
      pgbench: `pgbench, the same statement, ${concurrency} connections`,
    };
    return {
      figures: [
        {
          figure: 'charged events/s against a bare prepared debit: spread, one a request',
          measured: against('single', 'spread'),
          targets: [0.15, 0.25, 0.4],
        },
        { figure: '… one hot wallet', measured: against('single', 'hot'), targets: [0.4, 0.7, 0.9] },
        {
          figure: `… spread, ${BATCH} a request`,
          measured: against('batch', 'spread'),
          targets: null,
        },
        {
          figure: `… one hot wallet, ${BATCH} a request`,
          measured: against('batch', 'hot'),
          targets: null,
        },
        {
          figure: 'data statements per charged event in a batch',
          measured: exactly(await countStatements(databases)),
          targets: [0.2, 0.1, 0.05],
          atMost: true,
        },
      ],
      details: names.flatMap((name) => {
        const [program, kind] = name.split(' ') as [string, Kind];
        const what = `${shown[program]}, ${kind === 'spread' ? 'over 50 wallets' : 'on one wallet'}`;
        const cpu = rates(name).flatMap(({ cpuMs }) => cpuMs ?? []);
        return [
          { what, value: spreadOf(rate(name)), unit: 'events/s' },
          ...(cpu.length === 0 ? [] : [{ what: `${what}: CPU in all`, value: spreadOf(cpu), unit: 'ms/event' }]),
        ];
      }),
    };
  } finally {
    await ours.stop();
    await bare.stop();
    await checkBooks(adminUrl);
  }
}

/** The statements of one request with a batch, all subgraphs together, per event of it. */
async function countStatements(databases: Databases): Promise<number> {
  const counted = await startOurs(databases, { name: 'counted', countStatements: true });
  try {
    const record = async (round: number): Promise<void> => {
      const events = databases.world.ownTrackerIds
        .slice(0, BATCH)
        .map((trackerId) => ({ eventId: `counted ${round}`, trackerId, kind: 'SCAN' }));
      const distinct = events.map((event, at) => ({ ...event, eventId: `${event.eventId} ${at}` }));
      const response = await fetch(counted.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...counted.headers },
        body: JSON.stringify({ query: RECORD, variables: { input: { events: distinct } } }),
      });
      const text = await response.text();
      if (!text.includes(`"accepted":${BATCH}`)) throw new Error(`A batch was not accepted: ${text.slice(0, 500)}`);
    };
    await record(1);
    const counts: number[] = [];
    // Background rounds send statements of their own now and then; the least of several is what the request takes.
    for (let round = 2; round <= 6; round += 1) {
      await counted.statements();
      await record(round);
      counts.push(Object.values(await counted.statements()).flat().length);
    }
    return Math.min(...counts) / BATCH;
  } finally {
    await counted.stop();
  }
}

/** Runs pgbench on the bare tables and gives its transactions per second; null when it is not installed. */
async function preparePgbench(
  { adminUrl, folder }: Databases,
  concurrency: number,
): Promise<((kind: Kind, ms: number) => Promise<Rate>) | null> {
  if ((await output('pgbench', ['--version'], {})) === null) return null;
  const url = new URL(adminUrl);
  const env = {
    PGHOST: url.hostname,
    PGPORT: url.port,
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: url.pathname.slice(1),
  };
  return async (kind, ms) => {
    const script = join(folder, `debit-${kind}.sql`);
    await writeFile(
      script,
      `\\set wallet random(1, ${WALLETS[kind]})\n${BARE_DEBIT.replace('$1', ':wallet').replaceAll('\n', ' ')};\n`,
    );
    const seconds = String(Math.max(1, Math.round(ms / 1_000)));
    const text = await output(
      'pgbench',
      ['-n', '-M', 'prepared', '-c', String(concurrency), '-j', '2', '-T', seconds, '-f', script],
      env,
    );
    const rate = /tps = ([\d.]+)/.exec(text ?? '')?.[1];
    if (rate === undefined) throw new Error(`pgbench gave no figure: ${text}`);
    return { perSecond: Number(rate), cpuMs: null };
  };
}

async function output(program: string, args: string[], env: Record<string, string>): Promise<string | null> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const failed = once(child, 'error').then(() => 'failed' as const);
  const ended = once(child, 'close').then(([code]) => (code === 0 ? ('good' as const) : ('failed' as const)));
  failed.catch(() => {});
  ended.catch(() => {});
  return (await Promise.race([failed, ended])) === 'good' ? text : null;
}

/** Speed that loses money is none: every stored event has its charge, and every wallet is the sum of its entries. */
async function checkBooks(adminUrl: string): Promise<void> {
  const { rows } = await withClient(adminUrl, (client) =>
    client.query(`
      select (select count(*)::int from trackers.event e full join billing.charge c on c.event_id = e.id
              where e.id is null or c.event_id is null) as apart,
             (select count(*)::int from billing.wallet w
              where w.balance <> (select sum(l.amount) from billing.ledger_entry l where l.wallet_id = w.id)) as unbalanced`),
  );
  const { apart, unbalanced } = rows[0];
  if (apart > 0 || unbalanced > 0) {
    throw new Error(`After charging, ${apart} events or charges stand alone and ${unbalanced} wallets do not balance.`);
  }
}
