import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openTortureInstallation } from './installation.ts';
import { torture, type Verdict } from './torture.ts';

/**
 * `npm run torture -- --kills 40 --crashes 5 --operations 5000 --writers 8 --seed 1`: five processes and a database of
 * its own, killed under load, and the books checked afterwards. Ends with 1 when anything that was promised is not so.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '40' },
    crashes: { type: 'string', default: '5' },
    operations: { type: 'string', default: '5000' },
    writers: { type: 'string', default: '8' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const whole = (name: keyof typeof values): number => {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new Error(`--${name} ${values[name]} is no whole number.`);
};

const began = performance.now();
const tell = (sentence: string): void =>
  void process.stdout.write(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${sentence}\n`);

/**
 * The partner and the first clients have plenty; the last client's wallet runs dry and is topped up, again and again.
 */
const PLACE = { trackers: 12, credits: [10_000_000, 1_000_000, 1_000_000, 200] as [number, ...number[]] };

async function main(): Promise<void> {
  const [kills, crashes, seed] = [whole('kills'), whole('crashes'), whole('seed')];
  tell(`seed ${seed}: ${kills} kills and ${crashes} crashes of the database`);
  const installation = await openTortureInstallation(PLACE);
  const stop = (): Promise<void> => installation.stop();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      await stop();
      process.exit(130);
    });
  }
  try {
    tell(`five processes run at ${installation.url}`);
    const verdict = await torture(installation, {
      kills,
      crashes,
      seed,
      operations: whole('operations'),
      writers: Math.max(1, whole('writers')),
      recoverWithinMs: 1_000,
      // Longer than the gateway waits for a subgraph: who hears nothing after that will hear nothing.
      answerWithinMs: 8_000,
      giveUpAfterMs: 60_000,
      leftovers: 'WAIT',
      tell,
    });
    report(verdict);
    if (verdict.violations.length > 0) {
      process.exitCode = 1;
      const kept = await mkdtemp(join(tmpdir(), 'comptoir-torture-logs-'));
      await cp(installation.logs, kept, { recursive: true });
      process.stdout.write(`\nThe logs are in ${kept}.\n`);
    }
  } finally {
    await stop();
  }
}

function report({ violations, strikes, failures, ...counts }: Verdict): void {
  const kills = [...strikes.kills].map(([name, times]) => `${name} ${times}`).join(', ');
  const recoveries = strikes.recoveriesMs.map((ms) => Math.round(ms)).join(', ');
  const lines = [
    `kills               ${kills || 'none'}`,
    `database crashes    ${strikes.crashes}; answered again ${recoveries === '' ? '-' : `${recoveries} ms`} after its return`,
    `acknowledged        ${counts.acknowledged} events in ${counts.calls} calls, ${counts.refused} refused for want of credit; ${counts.sent} event ids, ${counts.stored} stored`,
    `calls that failed   ${[...failures].map(([code, times]) => `${code} ${times}`).join(', ') || 'none'}`,
    `meanwhile           ${counts.payerSwitches} changes of payer, ${counts.bookLooks} looks at the books, ${counts.walletReads} wallets read`,
    `left to the sweep   ${counts.leftovers}`,
  ];
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
  const [first, ...more] = [...new Set(violations)];
  if (first === undefined) process.stdout.write('Nothing acknowledged is lost or doubled; the books balance.\n');
  else
    process.stdout.write(
      `${violations.length} VIOLATIONS\n${[first, ...more.slice(0, 29)].map((one) => `  ${one}\n`).join('')}`,
    );
}

try {
  await main();
} catch (error) {
  process.stderr.write(`The torture could not be carried out. ${(error as Error).stack}\n`);
  process.exitCode = 2;
}
