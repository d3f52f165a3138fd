import globalSetup from '@comptoir/testing/globalSetup.ts';
import globalTeardown from '@comptoir/testing/globalTeardown.ts';
import { balancesThen, model, sealing } from './moneyBooks.ts';
import { overdraft, replays } from './moneyPromises.ts';
import { zeroSumReads } from './moneyReads.ts';

/**
 * Measures what GUARD promises of money, the whole product in one process over HTTP on loopback, its jobs running. Ends
 * with an error when a promise does not hold.
 *
 *     node infra/tools/src/guard/money.ts                      all of it
 *     node infra/tools/src/guard/money.ts overdraft [runs]     5,000 concurrent debits of 1 on 1,000
 *     node infra/tools/src/guard/money.ts replay               one key 1,000 times at once, also after a restart
 *     node infra/tools/src/guard/money.ts reads [seconds]      every read sums to zero while others charge and allocate
 *     node infra/tools/src/guard/money.ts model [seeds] [operations] [first seed]
 *     node infra/tools/src/guard/money.ts sealing [transactions]
 *     node infra/tools/src/guard/money.ts balances [entries]
 */
const [what = 'all', ...given] = process.argv.slice(2);
const [one, two, three] = given.map(Number);

const figures: Record<string, () => Promise<void>> = {
  overdraft: () => overdraft(one ?? 3),
  replay: () => replays(),
  reads: () => zeroSumReads(one ?? 30),
  model: () => model(one ?? 1_000, two ?? 200, three ?? 1),
  sealing: () => sealing(one ?? 100_000),
  balances: () => balancesThen(one ?? 1_000_000),
};
const chosen = what === 'all' ? Object.keys(figures) : [what];
if (!chosen.every((name) => name in figures))
  throw new Error(`There is no figure ${what}: ${Object.keys(figures).join(', ')}.`);

await globalSetup();
try {
  for (const name of chosen) await figures[name]?.();
} finally {
  await globalTeardown();
}
