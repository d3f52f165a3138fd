import { interleave, ratios } from '../statistics/statistics.ts';
import { dropPolicies } from './bulk.ts';
import { bodyOf, readDashboard } from './contestants.ts';
import { detailsOf } from './dashboard.ts';
import type { Databases } from './databases.ts';
import type { Outcome } from './figures.ts';
import type { Contestant, Load } from './load.ts';
import { startOurs } from './ours.ts';
import type { Plan } from './plan.ts';

/**
 * What authorization costs the dashboard query: the same process on a copy of the database without policies, and with
 * a schema that no shield was put around. A cost is the time that the query takes more, at full load.
 */
export async function benchAuthorization(databases: Databases, load: Load, plan: Plan): Promise<Outcome> {
  const order = { concurrency: plan.concurrency.query, bodies: { same: bodyOf(await readDashboard()) } };
  const open = await databases.copy('bench_without_policies');
  await dropPolicies(open.adminUrl);

  const started: Contestant[] = [];
  try {
    for (const options of [
      { name: 'shield and policies' },
      { name: 'no row-level security', database: open },
      { name: 'no shield', withoutGuard: true },
    ]) {
      started.push(await startOurs(databases, options));
    }
    const [both, noPolicies, noShield] = started as [Contestant, Contestant, Contestant];
    const contestants = { both, noPolicies, noShield };
    const names = Object.keys(contestants) as (keyof typeof contestants)[];
    for (const name of names) await load.warmUp(contestants[name], { ...order, ms: plan.warmUpMs });
    const measured = await interleave(names, plan.rounds, (name) =>
      load.run(contestants[name], { ...order, ms: plan.ms }),
    );
    const cost = (without: 'noPolicies' | 'noShield') => {
      const rate = (name: keyof typeof contestants): number[] => measured[name].map(({ perSecond }) => perSecond);
      const { median, min, max } = ratios(rate(without), rate('both'));
      return { median: median - 1, min: min - 1, max: max - 1 };
    };
    return {
      figures: [
        {
          figure: 'dashboard, cost of row-level security',
          measured: cost('noPolicies'),
          targets: [0.2, 0.1, 0.05],
          atMost: true,
          percent: true,
        },
        {
          figure: '… of the shield',
          measured: cost('noShield'),
          targets: [0.1, 0.05, 0.03],
          atMost: true,
          percent: true,
        },
      ],
      details: names.flatMap((name) => detailsOf(contestants[name].name, measured[name])),
    };
  } finally {
    for (const one of started) await one.stop();
  }
}
