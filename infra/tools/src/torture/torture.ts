import { untilReady } from '@comptoir/launch/installation/serviceProcesses.ts';
import { withClient } from '@comptoir/launch/postgres/adminClient.ts';
import { seededRandom } from '@comptoir/testing/random.ts';
import { until } from '@comptoir/testing/until.ts';
import {
  checkBooks,
  countIntake,
  grantedTo,
  readChecks,
  storedEvents,
  watchBooks,
  watchWallets,
  wrongPayers,
} from './books.ts';
import { openGraph } from './graph.ts';
import type { TortureInstallation } from './installation.ts';
import { type Shift, switchPayers, topUp, writeEvents } from './load.ts';
import type { Client } from './place.ts';
import { compare, newRecord } from './record.ts';
import { type Strikes, strike } from './strikes.ts';

export type TortureOptions = {
  kills: number;
  crashes: number;
  /** Acknowledged events: the load goes on until there are that many, and all strikes are done. */
  operations: number;
  writers: number;
  seed: number;
  /** GUARD: a database restart is a blip, of a second at most. */
  recoverWithinMs: number;
  /** How long one call is waited for, and how long the same is asked again and again. */
  answerWithinMs: number;
  giveUpAfterMs: number;
  /**
   * WAIT: what dead askers left is settled by the sweep when its time has come. AGE: the rows are made older, as if
   * that time had passed; only where no one is asking any more.
   */
  leftovers: 'WAIT' | 'AGE';
  tell: (sentence: string) => void;
};

export type Verdict = {
  /** What was promised and not kept, in words; empty is the aim. */
  violations: string[];
  acknowledged: number;
  refused: number;
  calls: number;
  /** Distinct event ids that were sent, and those that are stored. */
  sent: number;
  stored: number;
  strikes: Strikes;
  failures: Map<string, number>;
  bookLooks: number;
  walletReads: number;
  payerSwitches: number;
  leftovers: number;
};

/** The load may go on that long after the last strike to reach the wished number of operations. */
const LOAD_AFTER_STRIKES_MS = 600_000;
const SWEEP_WITHIN_MS = 120_000;

/**
 * Kills what it can under load, and holds what callers were told against the books afterwards (GUARD: nothing
 * acknowledged is lost or doubled). Needs an installation that was just opened, of three clients or more.
 */
export async function torture(installation: TortureInstallation, options: TortureOptions): Promise<Verdict> {
  const { kills, crashes, operations, writers, recoverWithinMs, tell } = options;
  const { adminUrl, place, url } = installation;
  const random = seededRandom(options.seed);
  const [graph, record, violations] = [openGraph(url, options.answerWithinMs), newRecord(), [] as string[]];
  const peopleBefore = await countPeople(adminUrl);
  const grantedBefore = await grantedToLast(installation);

  let over = false;
  const stopped = (): boolean => over;
  const shift: Shift = { graph, place, record, stopped, violations, giveUpAfterMs: options.giveUpAfterMs };
  const writing = Array.from({ length: writers }, (_, at) =>
    writeEvents(shift, place.clients[at % place.clients.length] as Client, random.fork()),
  );
  const others = Promise.all([
    switchPayers(shift, random.fork()),
    topUp(shift, random.fork()),
    watchBooks(adminUrl, stopped, violations),
    watchWallets(graph, place, stopped, violations),
  ] as const);
  const strikes: Strikes = { kills: new Map(), crashes: 0, recoveriesMs: [] };
  try {
    const plan = {
      installation,
      kills,
      crashes,
      random: random.fork(),
      answered: record.calls,
      recoverWithinMs,
      tell,
      violations,
    };
    await strike(plan, strikes);
    await until(() => record.acknowledged() >= operations, `${operations} operations`, LOAD_AFTER_STRIKES_MS);
  } catch (error) {
    violations.push((error as Error).message);
  } finally {
    over = true;
  }
  await Promise.all(writing);
  const [payerSwitches, granted, bookLooks, walletReads] = await others;
  tell(`${record.acknowledged()} events are acknowledged, in ${record.calls()} calls; now the books`);

  await untilReady(`${url}/ready`, 120_000);
  const leftovers = await settleLeftovers(adminUrl, options.leftovers, violations);
  const stored = await withClient(adminUrl, async (client) => {
    violations.push(...(await checkBooks(client, await readChecks())), ...(await wrongPayers(client)));
    return await storedEvents(client);
  });
  violations.push(...compare(record, stored));
  if ((await countPeople(adminUrl)) !== peopleBefore)
    violations.push('Accounts, people or keys are not those of before.');
  const grantedNow = (await grantedToLast(installation)) - grantedBefore;
  if (grantedNow !== granted)
    violations.push(`Top-ups of ${granted} credits were acknowledged, ${grantedNow} are in the books.`);
  for (const key of [place.partner.key, place.staffKey, ...place.clients.map((client) => client.key)]) {
    const { answered } = await graph.ask<{ account: { id: string } | null }>('{ viewer { account { id } } }', {}, key);
    if (answered?.account == null) violations.push('An API key does not open its account any more.');
  }
  violations.push(...graph.bugs, ...installation.exits);
  return {
    violations,
    acknowledged: record.acknowledged(),
    refused: record.refused(),
    calls: record.calls(),
    sent: record.events.size,
    stored: stored.length,
    strikes,
    failures: graph.failures,
    bookLooks,
    walletReads,
    payerSwitches,
    leftovers,
  };
}

const grantedToLast = ({ adminUrl, place }: TortureInstallation): Promise<number> =>
  withClient(adminUrl, (client) => grantedTo(client, (place.clients.at(-1) as Client).accountId));

/** What no kill may change: accounts, people, memberships, keys and partnerships, as one text. */
const countPeople = (adminUrl: string): Promise<string> =>
  withClient(adminUrl, async (client) => {
    const tables = [
      'accounts.account',
      'accounts.partnership',
      'identity.app_user',
      'identity.membership',
      'identity.api_key',
    ];
    const counts = tables.map((table) => `(select count(*) from ${table})`).join(` || ' ' || `);
    return (await client.query(`select ${counts} as counts`)).rows[0].counts;
  });

/** Resolves when nothing waits for its charge any more; returns how much did when the load ended. */
async function settleLeftovers(
  adminUrl: string,
  how: TortureOptions['leftovers'],
  violations: string[],
): Promise<number> {
  return await withClient(adminUrl, async (client) => {
    const left = await countIntake(client);
    if (how === 'AGE') await client.query(`update trackers.intake set asked_at = asked_at - interval '1 minute'`);
    await until(async () => (await countIntake(client)) === 0, 'the sweep', SWEEP_WITHIN_MS).catch((error: Error) =>
      violations.push(error.message),
    );
    return left;
  });
}
