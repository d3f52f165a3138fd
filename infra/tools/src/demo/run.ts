import { parseArgs } from 'node:util';
import { type Demo, demoFile } from '@comptoir/launch/demo/demo.ts';
import { readIfThere } from '@comptoir/launch/machine/files.ts';
import { readStartEnv } from '@comptoir/launch/startEnv.ts';
import { NoAnswer } from './ask.ts';
import { count, outcomeTable, payerTable, verdictText } from './report.ts';
import { runDay } from './runDay.ts';
import type { Tally } from './sendDay.ts';

/**
 * `npm run demo`: sends the day that ended last (UTC) to a running `npm start`, and says what became of it. Ends with 1
 * when ledger and rows do not agree, or when it could not be done.
 */
const USAGE = `npm run demo -- [--seed N] [--events N] [--batch N]
  --seed    which day: the same one gives the same events (1)
  --events  how many, 1 to 100,000 (4,000)
  --batch   events per call, 1 to 1,000 (500)`;
const DAY_MS = 86_400_000;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

function readOptions(): { seed: number; events: number; batch: number } | null {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { seed: text, events: text, batch: text, help: { type: 'boolean' } } });
  if (values.help) return null;
  const whole = (name: 'seed' | 'events' | 'batch', fallback: number, min: number, max: number): number => {
    const raw = values[name];
    if (raw === undefined) return fallback;
    const value = Number(raw);
    if (raw.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new Error(`--${name} is ${JSON.stringify(raw)}; a whole number from ${min} to ${max} was expected.`);
  };
  return {
    seed: whole('seed', 1, 0, 4_294_967_295),
    events: whole('events', 4_000, 1, 100_000),
    batch: whole('batch', 500, 1, 1_000),
  };
}

/** One line that is written over and over on a terminal; elsewhere a line for every tenth. */
function progressOf(events: number): (tally: Tally) => void {
  let tenths = 0;
  return ({ sent, accepted, replayed }) => {
    const refused = sent - accepted - replayed;
    const line = `  ${count(sent)} of ${count(events)} sent: ${count(accepted)} accepted, ${count(replayed)} replayed, ${count(refused)} refused`;
    if (process.stdout.isTTY) {
      process.stdout.write(`\r${line}${sent === events ? '\n' : ''}`);
    } else if (Math.floor((sent * 10) / events) > tenths) {
      tenths = Math.floor((sent * 10) / events);
      say(line);
    }
  };
}

async function run(): Promise<boolean> {
  const options = readOptions();
  if (options === null) {
    say(USAGE);
    return true;
  }
  const { gateway, home } = readStartEnv(process.env);
  const { port } = gateway;
  const url = `http://127.0.0.1:${port}`;
  const start = `${process.env.PORT === undefined ? '' : `PORT=${port} `}npm start`;
  const kept = await readIfThere(demoFile(home));
  if (kept === null) {
    throw new Error(`There is no demo data here yet. In another terminal: ${start}   (and leave it running)`);
  }
  await fetch(`${url}/health`).catch(() => {
    throw new Error(`Nothing answers on port ${port}. Is Comptoir running? In another terminal: ${start}`);
  });
  const { seed, events } = options;
  const end = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS);
  const began = performance.now();
  const outcome = await runDay({
    ...options,
    url,
    demo: JSON.parse(kept) as Demo,
    home,
    end,
    begins: ({ partner, clients }, file) => {
      const trackers = clients.flatMap((client) => client.trackers);
      const inactive = trackers.filter(({ status }) => status === 'INACTIVE').length;
      const day = new Date(end.getTime() - DAY_MS).toISOString().slice(0, 10);
      say(`${count(events)} events of ${day} (UTC), seed ${seed}, go to ${url} with the key of ${partner.name}.`);
      say(
        `It has ${clients.length} clients with ${count(trackers.length)} trackers, ${count(inactive)} of them inactive.`,
      );
      say(`The events are kept in ${file}\n`);
    },
    progress: progressOf(events),
  }).catch((error: unknown) => {
    throw error instanceof NoAnswer ? explained(error, start) : error;
  });

  const { tally, paid } = outcome;
  const repeated = tally.repeatedCalls === 0 ? '' : ` and ${tally.repeatedCalls} repetitions`;
  const seconds = (performance.now() - began) / 1000;
  say(
    `\nWhat became of them (${tally.calls} calls${repeated}, ${seconds.toFixed(1)} s in all)\n${outcomeTable(tally)}`,
  );
  if (tally.accepted === 0 && tally.replayed > 0) {
    say(
      `\nThis day was sent before: nothing was charged again. Another day: npm run demo -- --seed ${options.seed + 1}`,
    );
  }
  if (tally.accepted === 0 && tally.refused.has('NO_CREDIT')) {
    say('\nWho pays has no credit left. Staff can give more: the mutation creditsGrant.');
  }
  say(`\nWho paid\n${payerTable(paid)}\n`);
  say(verdictText(outcome));
  return outcome.verdict.agrees;
}

function explained({ code, message }: NoAnswer, start: string): Error {
  if (code === null) return new Error(`${message} Is Comptoir still running? In another terminal: ${start}`);
  if (code === 'UNAUTHENTICATED' || code === 'LOGIN_FAILED') {
    return new Error(
      `${message} The demo's key and password are no good there: is another installation running on this port?`,
    );
  }
  return new Error(`${message} (${code}) Run it again: what is stored is not charged twice.`);
}

try {
  if (!(await run())) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
