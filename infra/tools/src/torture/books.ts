import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { REPOSITORY } from '@comptoir/launch/machine/repository.ts';
import { withClient } from '@comptoir/launch/postgres/adminClient.ts';
import type pg from 'pg';
import type { Graph } from './graph.ts';
import type { Place } from './place.ts';
import type { StoredEvent } from './record.ts';

const CHECKS = [
  new URL('subgraphs/billing/src/books/ledger/checks/', REPOSITORY),
  new URL('./checks/', import.meta.url),
];

export type Check = { name: string; sql: string };

/** The invariants that return no row: billing's own, and those across subgraphs. */
export async function readChecks(): Promise<Check[]> {
  const found = await Promise.all(
    CHECKS.map(async (folder) => {
      const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
      return await Promise.all(
        files.map(async (file) => ({
          name: file.replace(/\.sql$/, ''),
          sql: await readFile(new URL(file, folder), 'utf8'),
        })),
      );
    }),
  );
  return found.flat();
}

/** All checks in one snapshot; what they found, in words, at most five of each. */
export async function checkBooks(client: pg.Client, checks: readonly Check[]): Promise<string[]> {
  await client.query('begin isolation level repeatable read read only');
  const problems: string[] = [];
  for (const { name, sql } of checks) {
    const { rows } = await client.query<{ problem: string }>(`select problem from (${sql}\n) as found limit 5`);
    problems.push(...rows.map(({ problem }) => `${name}: ${problem}`));
  }
  await client.query('commit');
  return problems;
}

/**
 * Looks at the books without a break while others write. Returns the number of looks; what it found goes to
 * `violations`.
 */
export async function watchBooks(adminUrl: string, stopped: () => boolean, violations: string[]): Promise<number> {
  const checks = await readChecks();
  let looks = 0;
  while (!stopped()) {
    await withClient(adminUrl, async (client) => {
      while (!stopped()) {
        violations.push(...(await checkBooks(client, checks)));
        looks += 1;
        await pause(100);
      }
      // The database is away now and then; that is the point.
    }).catch((error: unknown) => failsUnlessAway(error));
    if (!stopped()) await pause(100);
  }
  return looks;
}

/** A check that is wrong in itself must not pass for an outage. */
function failsUnlessAway(error: unknown): void {
  const code = (error as { code?: string }).code ?? '';
  if (/^42/.test(code)) throw error;
}

const WALLETS = '{ viewer { account { wallets { balance lots(first: 100) { nodes { remaining } } } } } }';

/**
 * As `watchBooks`, through the graph: what a partner reads of its wallet in one answer adds up. Returns the number of
 * answers.
 */
export async function watchWallets(
  graph: Graph,
  place: Place,
  stopped: () => boolean,
  violations: string[],
): Promise<number> {
  type Wallet = { balance: number; lots: { nodes: { remaining: number }[] } | null };
  type Viewer = { account: { wallets: Wallet[] | null } | null };
  let answers = 0;
  while (!stopped()) {
    const { answered } = await graph.ask<Viewer>(WALLETS, {}, place.partner.key);
    for (const { balance, lots } of answered?.account?.wallets ?? []) {
      answers += 1;
      const left = lots?.nodes.reduce((sum, { remaining }) => sum + remaining, 0);
      if (left !== balance) violations.push(`The partner read a balance of ${balance}, and lots that have ${left}.`);
    }
    await pause(50);
  }
  return answers;
}

/** Every stored event with the number of its charges. */
export async function storedEvents(client: pg.Client): Promise<StoredEvent[]> {
  const { rows } = await client.query<StoredEvent>(
    `select e.id, e.sender_key as "senderKey", e.account_id as "accountId", e.tracker_id as "trackerId",
       (select count(*)::integer from billing.charge c where c.event_id = e.id) as charges
     from trackers.event e`,
  );
  return rows;
}

export const countIntake = async (client: pg.Client): Promise<number> =>
  (await client.query('select count(*)::integer as waiting from trackers.intake')).rows[0].waiting;

/**
 * Events whose payer is not who paid at their instant (N06). Only for an installation whose partnerships stay and whose
 * senders name no instant in the future: otherwise an event may rightly be older than the knowledge that changed its
 * payer.
 */
export async function wrongPayers(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ problem: string }>(
    `select format('The event %s was paid by %s, and %s paid at its instant.', e.id, e.payer_id, coalesce(s.payer_id, e.account_id)) as problem
     from trackers.event e
     left join trackers.payer_span s on s.tracker_id = e.tracker_id and s.valid @> e.occurred_at
     where e.payer_id <> coalesce(s.payer_id, e.account_id) limit 5`,
  );
  return rows.map(({ problem }) => problem);
}

/** What was granted besides the sign-ups' hundred, as the ledger has it, to one account. */
export async function grantedTo(client: pg.Client, accountId: string): Promise<number> {
  const { rows } = await client.query(
    `select coalesce(sum(l.original), 0)::integer as granted
     from billing.lot l join billing.wallet w on w.id = l.wallet_id where w.account_id = $1`,
    [accountId],
  );
  return rows[0].granted;
}
