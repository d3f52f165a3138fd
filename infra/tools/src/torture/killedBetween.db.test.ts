import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installationSecrets, type Signer } from '@comptoir/launch/installation/secrets.ts';
import { untilReady } from '@comptoir/launch/installation/serviceProcesses.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { type Mailbox, openMailbox } from '@comptoir/testing/mailbox.ts';
import { type TestDatabase, testDatabase } from '@comptoir/testing/testDatabase.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { kill } from '../processes/kill.ts';
import { type FiveProcesses, seedProduct, startFiveProcesses } from '../product/startProduct.ts';
import { checkBooks, readChecks } from './books.ts';
import { askUntilAnswered, type Graph, openGraph, type Reply } from './graph.ts';
import { RECORD_EVENTS } from './load.ts';
import { type Client, seedPlace } from './place.ts';
import type { Outcome } from './record.ts';

/**
 * An event between its steps, and a sign-up between its: the test holds a lock so that a step cannot be taken, and
 * kills who waits there.
 */
let folder: string;
let database: TestDatabase;
let mailbox: Mailbox;
let product: FiveProcesses;
let graph: Graph;
let admin: pg.Client;
let client: Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'comptoir-between-'));
  let secrets: Awaited<ReturnType<typeof installationSecrets>>;
  [database, mailbox, secrets] = await Promise.all([testDatabase(), openMailbox(), installationSecrets(folder)]);
  const options = {
    databaseUrls: database.urls,
    secrets,
    folder,
    smtpUrl: mailbox.smtpUrl,
    env: { LOG_LEVEL: 'warn' },
  };
  const { clients } = await seedProduct(options, (subgraphs) =>
    seedPlace(subgraphs, database.urls.identity.system, { trackers: 1, credits: [0, 0] }),
  );
  client = clients[0] as Client;
  product = await startFiveProcesses(options);
  graph = openGraph(product.url, 60_000);
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
});

afterAll(async () => {
  await product?.stop();
  await Promise.all([admin?.end(), mailbox?.stop()]);
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

/** Takes a lock and keeps it until it is let go. Services wait for it 3 s at most. */
async function hold(sql: string): Promise<() => Promise<void>> {
  const holder = new pg.Client({ connectionString: database.adminUrl });
  await holder.connect();
  await holder.query('begin');
  await holder.query(sql);
  return () => holder.end();
}

const waitsForLock = (service: string): Promise<boolean> =>
  until(async () => {
    const { rowCount } = await admin.query(
      `select from pg_stat_activity where datname = current_database() and application_name like $1 and wait_event_type = 'Lock'`,
      [`${service} %`],
    );
    return rowCount !== 0;
  }, `${service} to wait for the lock`);

/** Kills the process that runs now; `revive` resolves when another is ready in its place. */
function killNow(name: Signer): void {
  const pid = product.services[name].pid();
  expect(pid).not.toBeNull();
  kill(pid as number);
}

async function revive(name: Signer, died: number | null): Promise<void> {
  const { pid } = product.services[name];
  await until(() => pid() !== null && pid() !== died, `${name} to be started again`);
  await untilReady(`${product.url}/ready`, 60_000);
}

type Payload = { results: Outcome[] };
const send = (eventId: string): Promise<Reply<Payload>> =>
  graph.ask(
    RECORD_EVENTS,
    { input: { events: [{ eventId, trackerId: client.trackerIds[0], kind: 'SCAN' }] } },
    client.key,
  );
const sendAgain = async (eventId: string): Promise<Outcome | undefined> =>
  (await askUntilAnswered(() => send(eventId), { withinMs: 60_000 }))?.results[0];

/** How many rows an event id has on each of its three places. */
async function standing(eventId: string): Promise<{ intake: number; charges: number; events: number }> {
  const { rows } = await admin.query(
    `with known as (select id from trackers.intake where sender_key = $1 union all select id from trackers.event where sender_key = $1)
     select (select count(*) from trackers.intake where sender_key = $1)::integer as intake,
            (select count(*) from billing.charge where event_id in (select id from known))::integer as charges,
            (select count(*) from trackers.event where sender_key = $1)::integer as events`,
    [eventId],
  );
  return rows[0];
}

/** Lets the time pass after which the sweep takes askers for dead. */
async function sweep(): Promise<void> {
  await admin.query(`update trackers.intake set asked_at = asked_at - interval '1 minute'`);
  await until(async () => (await admin.query('select from trackers.intake')).rowCount === 0, 'the sweep');
}

const DONE = { intake: 0, charges: 1, events: 1 };
const soundBooks = async (): Promise<void> => expect(await checkBooks(admin, await readChecks())).toEqual([]);
const walletLock = () => `select from billing.wallet where account_id = '${client.accountId}' for update`;

test('killed after the intake and before the charge: the sweep charges and stores the event, once', async () => {
  const eventId = newId();
  const release = await hold(walletLock());
  const sending = send(eventId);
  await waitsForLock('billing');
  const died = product.services.trackers.pid();
  killNow('trackers');
  killNow('billing');
  await release();
  expect((await sending).failed).toMatchObject({ retryable: true });
  expect(await standing(eventId)).toEqual({ intake: 1, charges: 0, events: 0 });
  await soundBooks();

  await revive('trackers', died);
  await sweep();
  expect(await standing(eventId)).toEqual(DONE);
  expect(await sendAgain(eventId)).toMatchObject({ outcome: 'REPLAYED' });
  await soundBooks();
});

test('killed after the charge and before the event: the charge finds its event, once', async () => {
  const eventId = newId();
  const release = await hold('lock table trackers.event in share mode');
  const sending = send(eventId);
  await waitsForLock('trackers');
  const died = product.services.trackers.pid();
  killNow('trackers');
  // The COMMIT has been sent with what waits here, so PostgreSQL's side of the connection must go, too.
  await admin.query(
    `select pg_terminate_backend(pid, 30000) from pg_stat_activity
     where datname = current_database() and application_name like 'trackers %' and wait_event_type = 'Lock'`,
  );
  await release();
  expect((await sending).failed).toMatchObject({ retryable: true });
  expect(await standing(eventId)).toEqual({ intake: 1, charges: 1, events: 0 });
  await soundBooks();

  await revive('trackers', died);
  await sweep();
  expect(await standing(eventId)).toEqual(DONE);
  expect(await sendAgain(eventId)).toMatchObject({ outcome: 'REPLAYED' });
  await soundBooks();
});

test('killed after the event and before the answer: sent again it is a replay', async () => {
  const eventId = newId();
  const releaseWrite = await hold('lock table trackers.event in share mode');
  const sending = send(eventId);
  await waitsForLock('trackers');
  // Queued behind the event that waits to be written, and before anybody who wants to read it.
  const holding = hold('lock table trackers.event in access exclusive mode');
  await until(
    async () =>
      (
        await admin.query(`select from pg_locks where relation = 'trackers.event'::regclass and not granted
         and database = (select oid from pg_database where datname = current_database())`)
      ).rowCount === 2,
    'both to wait for the table',
  );
  await releaseWrite();
  const releaseRead = await holding;
  await waitsForLock('trackers');
  const died = product.services.trackers.pid();
  killNow('trackers');
  await releaseRead();
  expect((await sending).failed).toMatchObject({ retryable: true });
  expect(await standing(eventId)).toEqual(DONE);

  await revive('trackers', died);
  expect(await sendAgain(eventId)).toMatchObject({ outcome: 'REPLAYED' });
  expect(await standing(eventId)).toEqual(DONE);
  await soundBooks();
});

test('billing killed in the middle of a charge: the sender is told to send again, and is charged once', async () => {
  const eventId = newId();
  const release = await hold(walletLock());
  const sending = send(eventId);
  await waitsForLock('billing');
  const died = product.services.billing.pid();
  killNow('billing');
  expect((await sending).failed).toEqual({ code: 'SERVICE_UNAVAILABLE', retryable: true });
  await release();
  await revive('billing', died);
  expect(await sendAgain(eventId)).toMatchObject({ outcome: 'ACCEPTED' });
  expect(await standing(eventId)).toEqual(DONE);
  await soundBooks();
});

test('the gateway killed before it answers: sent again it is a replay', async () => {
  const eventId = newId();
  const release = await hold('lock table trackers.event in share mode');
  const sending = send(eventId);
  await waitsForLock('trackers');
  const died = product.services.gateway.pid();
  killNow('gateway');
  await release();
  expect((await sending).failed).toEqual({ code: null, retryable: true });
  await until(async () => (await standing(eventId)).events === 1, 'the event');
  await revive('gateway', died);
  expect(await sendAgain(eventId)).toMatchObject({ outcome: 'REPLAYED' });
  expect(await standing(eventId)).toEqual(DONE);
  await soundBooks();
});

const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { mailTo } }';
const COMPLETE =
  'mutation ($input: SignUpCompleteInput!) { signUpComplete(input: $input) { session { accessToken membership { accountId } } userErrors { code } } }';
type Completed = { session: { accessToken: string; membership: { accountId: string } } };

test.each(['accounts.account', 'billing.wallet'])(
  'U14 identity killed while a sign-up waits for %s: account, wallet and 100 credits are there, once',
  async (table) => {
    const email = `${newId()}@boulangerie.example`;
    const anybody = client.key;
    await graph.ask(SIGN_UP, { input: { email, accountName: 'Boulangerie', language: 'FR' } }, anybody);
    const mail = await mailbox.waitFor(email, ({ text }) => text.includes('token='));
    const token = /token=([\w-]+)/.exec(mail.text)?.[1];

    const release = await hold(`lock table ${table} in share mode`);
    const input = { token, password: 'correct horse battery staple' };
    const { session } = (await graph.ask<Completed>(COMPLETE, { input }, anybody)).answered as Completed;
    await waitsForLock(table.split('.')[0] as string);
    const died = product.services.identity.pid();
    killNow('identity');
    await release();
    await revive('identity', died);
    // Lets the time pass after which a job is taken from a worker that does not answer.
    await admin.query(
      `update identity_jobs.job set started_on = started_on - interval '2 minutes' where state = 'active'`,
    );

    type Viewer = {
      account: { wallets: { kind: string; balance: number }[] } | null;
      membership: { accountReady: boolean } | null;
    };
    const seen = async (): Promise<Viewer | undefined> =>
      (
        await graph.ask<Viewer>(
          '{ viewer { membership { accountReady } account { wallets { kind balance } } } }',
          {},
          session.accessToken,
        )
      ).answered;
    await until(async () => (await seen())?.membership?.accountReady === true, 'the account to be ready');
    expect((await seen())?.account?.wallets).toEqual([{ kind: 'TRACKER', balance: 100 }]);
    const { accountId } = session.membership;
    const { rows } = await admin.query(
      `select (select count(*) from accounts.account where id = $1)::integer as accounts,
              (select count(*) from billing.wallet where account_id = $1)::integer as wallets,
              (select count(*) from billing.lot l join billing.wallet w on w.id = l.wallet_id where w.account_id = $1)::integer as lots`,
      [accountId],
    );
    expect(rows).toEqual([{ accounts: 1, wallets: 1, lots: 1 }]);
    await soundBooks();
  },
  120_000,
);
