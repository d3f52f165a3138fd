import { withClient } from '@comptoir/launch/postgres/adminClient.ts';
import { SUBGRAPHS } from '@comptoir/shared/values/subgraphs.ts';
import type pg from 'pg';

/**
 * Rows by the hundred thousand, which no operation would make in the time of a bench. As the owner of the tables, past
 * policies and rules.
 */

const CHUNK = 500_000;
/** Of all accounts together: the same in every history, so that a longer one has more days and not fuller ones. */
const EVENTS_PER_DAY = 10_000;

/** Fills the account with trackers, a millisecond apart, so that the place of each in the list is known. */
export async function addTrackers(url: string, accountId: string, count: number): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(
      `insert into trackers.tracker (id, account_id, kind, name, status, created_by, created_at)
       select uuidv7(), $1, 'QR_CODE', 'Tracker ' || n, 'INACTIVE', $1, timestamptz '2026-01-01' + n * interval '1 millisecond'
       from generate_series(1, $2::int) as n`,
      [accountId, count],
    );
    await settle(client);
  });
}

/** The cursor of that row in the account's list of trackers. */
export async function trackerCursor(url: string, accountId: string, place: number): Promise<string> {
  const { rows } = await withClient(url, (client) =>
    client.query<{ id: string; created_at: Date }>(
      'select id, created_at from trackers.tracker where account_id = $1 order by created_at, id offset $2 limit 1',
      [accountId, place - 1],
    ),
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`The account has no tracker at ${place}.`);
  return Buffer.from(JSON.stringify([row.created_at.toISOString(), row.id])).toString('base64url');
}

/**
 * A history of so many events before `end`, spread evenly over the trackers of these accounts and over days of equal
 * size.
 */
export async function addEvents(
  url: string,
  { accountIds, count, end }: { accountIds: string[]; count: number; end: Date },
): Promise<void> {
  await withClient(url, async (client) => {
    for (let from = 0; from < count; from += CHUNK) {
      await client.query(
        `with fleet as (
           select array_agg(id order by account_id, id) as trackers, array_agg(account_id order by account_id, id) as accounts
           from trackers.tracker where account_id = any($1::uuid[])
         )
         insert into trackers.event (id, account_id, sender_key, tracker_id, kind, occurred_at, received_at, payer_id, credits, charge_id)
         select uuidv7(), accounts[1 + n % cardinality(accounts)], 'bulk ' || n, trackers[1 + n % cardinality(trackers)], 'SCAN',
                at, at, accounts[1 + n % cardinality(accounts)], 1, uuidv7()
         from fleet, generate_series($2::int, $3::int) as n,
              lateral (select $4::timestamptz - (n + 1) * interval '1 day' / ${EVENTS_PER_DAY} as at) as instant`,
        [accountIds, from, Math.min(from + CHUNK, count) - 1, end],
      );
    }
    await settle(client);
  });
}

/** Takes every policy away: for measuring what they cost, in a database that serves nothing else. */
export async function dropPolicies(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ statement: string }>(
      `select format('alter table %I.%I disable row level security', schemaname, tablename) as statement
       from pg_tables where rowsecurity and schemaname = any($1)`,
      [['access', ...SUBGRAPHS]],
    );
    if (rows.length < 10)
      throw new Error(`Only ${rows.length} tables have row-level security: is the database migrated?`);
    for (const { statement } of rows) await client.query(statement);
  });
}

/**
 * Statistics, visibility map and dirty pages as they would be after a quiet night, so that neither autovacuum nor a
 * checkpoint falls into a round.
 */
export async function settle(client: pg.Client): Promise<void> {
  await client.query('vacuum (analyze)');
  await client.query('checkpoint');
}
