import { isDeepStrictEqual } from 'node:util';
import { interleave, ratios, spreadOf } from '../statistics/statistics.ts';
import { bodyOf, readDashboard, startLimit } from './contestants.ts';
import type { Databases } from './databases.ts';
import { exactly, type Outcome } from './figures.ts';
import type { Contestant, Load, Measured } from './load.ts';
import { type OurContestant, startOurServices, startOurs } from './ours.ts';
import { startPlain } from './plain/startPlain.ts';
import type { Plan } from './plan.ts';

/**
 * The dashboard query: ours in both topologies, plain Apollo Gateway, and the limit. All must give the same data before
 * anything is timed.
 */
export async function benchDashboard(
  databases: Databases,
  load: Load,
  plan: Plan,
  tell: (sentence: string) => void,
): Promise<Outcome> {
  const body = bodyOf(await readDashboard());
  const order = { concurrency: plan.concurrency.query, bodies: { same: body } };
  const started: Contestant[] = [];
  try {
    const keep = async <One extends Contestant>(starting: Promise<One>): Promise<One> => {
      const one = await starting;
      started.push(one);
      return one;
    };
    const contestants = {
      ours: await keep(startOurs(databases, { name: 'ours in one process' })),
      services: await keep(startOurServices(databases, tell)),
      plain: await keep(startPlain(databases)),
      limit: await keep(startLimit(databases)),
    };
    const bytes = await checkSame(Object.values(contestants), body);
    tell(`dashboard: ${started.length} contestants give the same ${Math.round(bytes / 1_000)} kB`);

    const names = Object.keys(contestants) as (keyof typeof contestants)[];
    for (const name of names) await load.warmUp(contestants[name], { ...order, ms: plan.warmUpMs });
    const measured = await interleave(names, plan.rounds, (name) =>
      load.run(contestants[name], { ...order, ms: plan.ms }),
    );
    const rate = (name: keyof typeof contestants): number[] => measured[name].map(({ perSecond }) => perSecond);
    const cpu = (name: keyof typeof contestants): number[] =>
      measured[name].flatMap(({ cpuMs }) => (cpuMs === null ? [] : cpuMs.own + cpuMs.postgres));
    const statements = await countStatements(databases, body);
    return {
      figures: [
        {
          figure: 'dashboard, req/s against plain Apollo Gateway: one process',
          measured: ratios(rate('ours'), rate('plain')),
          targets: [1.2, 2, 3],
        },
        { figure: '… services', measured: ratios(rate('services'), rate('plain')), targets: [1, 1.3, 1.5] },
        ...PEERS,
        {
          figure: '… against the limit: one process',
          measured: ratios(rate('ours'), rate('limit')),
          targets: [0.12, 0.25, 0.4],
        },
        {
          figure: '… against the limit: two workers',
          measured: null,
          note: 'not built',
          targets: [0.2, 0.35, 0.5],
        },
        {
          figure: '… CPU per request, PostgreSQL included, times the limit’s',
          measured: cpu('ours').length === 0 ? null : ratios(cpu('ours'), cpu('limit')),
          targets: [6, 3.5, 2.3],
          atMost: true,
        },
        {
          figure: '… data statements',
          measured: exactly(statements),
          targets: [10, 8, 8],
          atMost: true,
        },
      ],
      details: names.flatMap((name) => detailsOf(contestants[name].name, measured[name])),
    };
  } finally {
    for (const one of started) await one.stop();
  }
}

const PEERS: Outcome['figures'] = [
  { figure: '… against Hive Gateway JS', measured: null, note: 'peer not run', targets: [1.5, 3, 4] },
  { figure: '… against Hive Gateway, Rust planner', measured: null, note: 'peer not run', targets: [1, 1.5, 2] },
  { figure: '… against PostGraphile 5', measured: null, note: 'peer not run', targets: [0.6, 1, 1.3] },
];

export function detailsOf(what: string, rounds: readonly Measured[]): Outcome['details'] {
  const cpu = rounds.flatMap(({ cpuMs }) => cpuMs ?? []);
  return [
    { what: `${what}: requests`, value: spreadOf(rounds.map(({ perSecond }) => perSecond)), unit: '/s' },
    { what: `${what}: median answer`, value: spreadOf(rounds.map(({ medianMs }) => medianMs)), unit: 'ms' },
    ...(cpu.length === 0
      ? []
      : [
          { what: `${what}: CPU of its processes`, value: spreadOf(cpu.map(({ own }) => own)), unit: 'ms/req' },
          { what: `${what}: CPU of PostgreSQL`, value: spreadOf(cpu.map(({ postgres }) => postgres)), unit: 'ms/req' },
        ]),
  ];
}

/** Throws when two contestants differ in anything but the order of object keys. Returns the size of the answer. */
async function checkSame(contestants: readonly Contestant[], body: string): Promise<number> {
  const answers = await Promise.all(
    contestants.map(async ({ name, url, headers }) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      const text = await response.text();
      const { data, errors } = JSON.parse(text);
      if (errors !== undefined) throw new Error(`${name} answers with errors: ${text.slice(0, 500)}`);
      return { name, data, bytes: text.length };
    }),
  );
  const [reference, ...others] = answers as [(typeof answers)[0], ...typeof answers];
  const nodes = reference.data.viewer.account.clients.nodes as { trackers: { nodes: { lastEvent: unknown }[] } }[];
  const full = nodes.every(
    ({ trackers }) => trackers.nodes.length === 10 && trackers.nodes.every((one) => one.lastEvent !== null),
  );
  if (nodes.length !== 50 || !full)
    throw new Error('The dashboard is not 50 clients of 10 trackers with a last event each.');
  for (const { name, data } of others) {
    if (!isDeepStrictEqual(data, reference.data)) throw new Error(`${name} gives other data than ${reference.name}.`);
  }
  return reference.bytes;
}

/** Of the second of two requests: the first may ask identity whether the key holds. */
async function countStatements(databases: Databases, body: string): Promise<number> {
  const counted: OurContestant = await startOurs(databases, { name: 'counted', countStatements: true });
  try {
    await checkSame([counted], body);
    await counted.statements();
    await checkSame([counted], body);
    return Object.values(await counted.statements()).flat().length;
  } finally {
    await counted.stop();
  }
}
