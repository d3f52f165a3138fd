import type { Topology } from '../product/startProduct.ts';
import { attacks } from './attacks.ts';
import { deploys } from './deploys.ts';
import { largest } from './largest.ts';
import { logins } from './logins.ts';
import { memory } from './memory.ts';
import { databaseRestart, outages } from './outages.ts';
import { overload } from './overload.ts';

/**
 * Measures what GUARD promises of an installation as a whole, over real HTTP on loopback, each figure on a database
 * server of its own. Ends with an error when a promise does not hold.
 *
 *     npm run guard -- installation                       all of it
 *     npm run guard -- installation overload [seconds]  at five times capacity: what is served, how the rest is refused
 *     npm run guard -- installation deploys [rounds]      every process replaced in turn under load
 *     npm run guard -- installation outages               one subgraph killed, one held up
 *     npm run guard -- installation database [rounds]     the database restarted under load
 *     npm run guard -- installation logins [rounds]       what others notice of eighty log-ins at once
 *     npm run guard -- installation attacks               what strangers send to hurt
 *     npm run guard -- installation largest               the largest answers that are allowed, and who waits for them
 *     npm run guard -- installation memory [operations]   what is held after so many operations, no two alike
 */
const [what = 'all', ...given] = process.argv.slice(3);
const [one] = given.map(Number);

/** Both are measured, whatever comes of the first. */
async function inBoth(measure: (topology: Topology) => Promise<void>): Promise<void> {
  const problems: string[] = [];
  for (const topology of ['one process', 'five processes'] as const)
    await measure(topology).catch((error: Error) => problems.push(`in ${topology}: ${error.message}`));
  if (problems.length > 0) throw new Error(problems.join(' '));
}

const figures: Record<string, () => Promise<void>> = {
  overload: () => inBoth((topology) => overload(topology, one ?? 10)),
  deploys: () => deploys(one ?? 2),
  outages,
  database: () => inBoth((topology) => databaseRestart(topology, one ?? 3)),
  logins: () => inBoth((topology) => logins(topology, one ?? 10)),
  attacks,
  largest: () => inBoth(largest),
  memory: () => memory(one ?? 100_000),
};
const chosen = what === 'all' ? Object.keys(figures) : [what];
if (!chosen.every((name) => name in figures))
  throw new Error(`There is no figure ${what}: ${Object.keys(figures).join(', ')}.`);

const broken: string[] = [];
for (const name of chosen) {
  await figures[name]?.().catch((error: Error) => {
    broken.push(name);
    console.log(`${name.padEnd(12)} DOES NOT HOLD: ${error.message}`);
  });
}
if (broken.length > 0) throw new Error(`Promises that do not hold: ${broken.join(', ')}.`);
