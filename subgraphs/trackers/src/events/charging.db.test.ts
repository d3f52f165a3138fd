import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { type Answer, RECORD, startTrackers, type TrackersFixture } from '../testing/trackersFixture.ts';

let home: TrackersFixture;
let billing: Subgraph;
beforeAll(async () => {
  home = await startTrackers();
  billing = home.services.billing as Subgraph;
});
afterEach(() => {
  home.services.billing = billing;
});
afterAll(() => home.stop());

const outcomes = ({ results }: Answer): string[] => results.map((one: Answer) => one.code ?? one.outcome);
const keysOf = async (key: string): Promise<string[]> =>
  (await home.stored()).filter((one) => one.key === key).map(({ id }) => id);
const waiting = async (key: string): Promise<Answer> => (await home.intake()).find((one) => one.key === key);

const waitsForLock = async (): Promise<boolean> => {
  const { rows } = await home.admin.query(
    `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows.length > 0;
};

/** A second connection past every policy: another process, in the middle of something. */
async function otherProcess(): Promise<pg.Client> {
  const { host, port, database, user, password } = home.admin;
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    password: password as string,
    options: '-c search_path=trackers,access',
  });
  await client.connect();
  return client;
}

/** Billing does its work, and its answer is lost on the way. */
const losingAnswers = (): Subgraph => ({
  name: 'billing',
  async execute(request, viewer) {
    await billing.execute(request, viewer);
    throw new Error('the connection broke');
  },
});

/** Billing's answer is held back until `release`. */
function holdingAnswers(): { subgraph: Subgraph; answered: Promise<void>; release: () => void } {
  const held = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const subgraph: Subgraph = {
    name: 'billing',
    async execute(request, viewer) {
      const answer = await billing.execute(request, viewer);
      answered.resolve();
      await held.promise;
      return answer;
    },
  };
  return { subgraph, answered: answered.promise, release: held.resolve };
}

/** As if their asker had died a minute ago. */
const age = (key: string) =>
  home.admin.query(`update intake set asked_at = asked_at - interval '1 minute' where sender_key = $1`, [key]);

test('P the same event sent 40 times at once is accepted once, replayed 39 times and charged once', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => home.record(owner, { eventId: 'storm', trackerId })),
  );
  const all = answers.flatMap(outcomes).sort();
  expect(all).toEqual(['ACCEPTED', ...Array(39).fill('REPLAYED')]);
  expect(new Set(answers.map(({ results }) => results[0].event.id)).size).toBe(1);
  expect(await home.balanceOf(owner)).toBe(99);
  expect(await waiting('storm')).toBeUndefined();
});

test('P calls that overlap in another order wait for each other instead of failing', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  const events = Array.from({ length: 50 }, (_, at) => ({ eventId: `overlap-${at}`, trackerId }));
  const answers = await Promise.all([
    home.record(owner, ...events),
    home.record(owner, ...events.toReversed()),
    home.record(owner, ...events.slice(20), ...events.slice(0, 20)),
  ]);
  expect(answers.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(50);
  expect(answers.reduce((sum, { refused }) => sum + refused, 0)).toBe(0);
  expect(await home.balanceOf(owner)).toBe(50);
});

test('P 150 scans at once on 100 credits: exactly 100 are stored', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  const answers = await Promise.all(Array.from({ length: 150 }, () => home.record(owner, { trackerId })));
  expect(answers.filter(({ accepted }) => accepted === 1)).toHaveLength(100);
  expect((await home.stored()).filter(({ payer }) => payer === owner.accountId)).toHaveLength(100);
  expect(await home.balanceOf(owner)).toBe(0);
});

test('P without billing nothing is acknowledged or shown; the same event sent again is charged once', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  home.services.billing = losingAnswers();
  const events = [{ eventId: 'lost', trackerId, kind: 'SCAN' }];
  const { data, errors } = await home.execute(RECORD, { input: { events } }, owner);
  expect(data).toEqual({ eventsRecord: null });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryAfter: 1 });
  expect(await waiting('lost')).toMatchObject({ attempt: 1 });
  const { tracker } = await home.ask(
    'query ($id: ID!) { tracker(id: $id) { lastEvent { id } } }',
    { id: trackerId },
    owner,
  );
  expect(tracker.lastEvent).toBeNull();

  home.services.billing = billing;
  expect(outcomes(await home.record(owner, { eventId: 'lost', trackerId }))).toEqual(['ACCEPTED']);
  expect(await home.balanceOf(owner)).toBe(99);
  expect(await waiting('lost')).toBeUndefined();
});

test('P an event that waits keeps waiting for its charge although its tracker was switched off: it may have been charged', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  home.services.billing = losingAnswers();
  await home.execute(RECORD, { input: { events: [{ eventId: 'off', trackerId, kind: 'SCAN' }] } }, owner);
  home.services.billing = billing;
  await home.ask(
    'mutation ($id: ID!) { trackersDeactivate(input: { trackerIds: [$id] }) { userErrors { code } } }',
    { id: trackerId },
    owner,
  );
  expect(outcomes(await home.record(owner, { eventId: 'off', trackerId }))).toEqual(['ACCEPTED']);
  expect(outcomes(await home.record(owner, { trackerId }))).toEqual(['TRACKER_INACTIVE']);
});

test('P an event stored by another process between our look and our intake is found, not charged again', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  const other = await otherProcess();
  const [id, now] = [newId(), new Date()];
  await other.query('begin');
  await other.query(
    `insert into intake values ($1, $2, 'overtaken', $3, 'SCAN', $4, false, $2, 1, null, $4, 1, 0, $4)`,
    [id, owner.accountId, trackerId, now],
  );
  const sending = home.record(owner, { eventId: 'overtaken', trackerId });
  await until(waitsForLock, 'a call to wait for the lock');
  await other.query(
    `insert into event select id, account_id, sender_key, tracker_id, kind, occurred_at, received_at, payer_id, credits, id, data from intake where id = $1`,
    [id],
  );
  await other.query('delete from intake where id = $1', [id]);
  await other.query('commit');
  await other.end();

  const answer = await sending;
  expect(outcomes(answer)).toEqual(['REPLAYED']);
  expect(answer.results[0].event.id).toBe(id);
  expect(await home.balanceOf(owner)).toBe(100);
  expect(await waiting('overtaken')).toBeUndefined();
});

test('P a refusal leaves the event to an asker that has not been answered', async () => {
  const owner = await home.openAccount(0);
  const trackerId = await home.makeTracker(owner);
  const holding = holdingAnswers();
  home.services.billing = holding.subgraph;
  const sending = home.record(owner, { eventId: 'shared', trackerId });
  await holding.answered;
  // Another process asks for the same event, is charged after a top-up, and dies before it can store it.
  const { rows } = await home.admin.query(`update intake set attempt = 2 where sender_key = 'shared' returning id`);
  holding.release();
  expect(outcomes(await sending)).toEqual(['NO_CREDIT']);
  expect(await waiting('shared')).toEqual({ key: 'shared', attempt: 2, refused: 1 });
  expect(rows).toHaveLength(1);

  await age('shared');
  home.services.billing = billing;
  await home.billing.execute(
    'mutation ($input: InternalWalletsOpenInput!) { internalWalletsOpen(input: $input) { accountId } }',
    { input: { accountId: owner.accountId, grant: true } },
    { kind: 'SERVICE', service: 'identity', requestId: newId(), address: null },
  );
  expect(outcomes(await home.record(owner, { eventId: 'shared', trackerId }))).toEqual(['ACCEPTED']);
  expect(await keysOf('shared')).toEqual([rows[0].id]);
});

test('P an asker that comes while a refusal is being settled is waited for, and the event stays for it', async () => {
  const owner = await home.openAccount(0);
  const trackerId = await home.makeTracker(owner);
  const holding = holdingAnswers();
  home.services.billing = holding.subgraph;
  const sending = home.record(owner, { eventId: 'asked meanwhile', trackerId });
  await holding.answered;
  const other = await otherProcess();
  await other.query('begin');
  await other.query(`update intake set attempt = attempt + 1 where sender_key = 'asked meanwhile'`);
  holding.release();
  await until(waitsForLock, 'a call to wait for the lock');
  await other.query('commit');
  await other.end();
  expect(outcomes(await sending)).toEqual(['NO_CREDIT']);
  expect(await waiting('asked meanwhile')).toEqual({ key: 'asked meanwhile', attempt: 2, refused: 1 });
  await home.admin.query(`delete from intake where sender_key = 'asked meanwhile'`);
});

test('P two processes that settle the same event wait for each other: one stores it', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  const holding = holdingAnswers();
  home.services.billing = holding.subgraph;
  const sending = home.record(owner, { eventId: 'settled twice', trackerId });
  await holding.answered;
  const other = await otherProcess();
  await other.query('begin');
  const { rows } = await other.query(`select id from intake where sender_key = 'settled twice' for update`);
  await other.query(
    `insert into event select id, account_id, sender_key, tracker_id, kind, occurred_at, received_at, payer_id, credits, id, data
     from intake where id = $1`,
    [rows[0].id],
  );
  holding.release();
  await until(waitsForLock, 'a call to wait for the lock');
  await other.query('delete from intake where id = $1', [rows[0].id]);
  await other.query('commit');
  await other.end();
  expect(outcomes(await sending)).toEqual(['REPLAYED']);
  expect(await keysOf('settled twice')).toHaveLength(1);
  expect(await home.balanceOf(owner)).toBe(99);
});

test('P what its asker left behind, charged or not, is settled by the sweep; what is still being asked for is left alone', async () => {
  const owner = await home.openAccount();
  const poor = await home.openAccount(0);
  const [trackerId, poorTracker] = [await home.makeTracker(owner), await home.makeTracker(poor)];
  const send = (eventId: string, of: string, viewer = owner) =>
    home.execute(RECORD, { input: { events: [{ eventId, trackerId: of, kind: 'SCAN' }] } }, viewer);

  home.services.billing = losingAnswers();
  await send('charged', trackerId);
  home.services.billing = undefined;
  await send('unasked', trackerId);
  await send('hopeless', poorTracker, poor);
  await send('young', trackerId);
  home.services.billing = billing;
  for (const key of ['charged', 'unasked', 'hopeless']) await age(key);

  await home.subgraph.startJobs();
  await until(async () => (await home.intake()).length === 1, 'the sweep');
  expect(await waiting('young')).toMatchObject({ attempt: 1 });
  expect(await keysOf('charged')).toHaveLength(1);
  expect(await keysOf('unasked')).toHaveLength(1);
  expect(await keysOf('hopeless')).toHaveLength(0);
  expect(await home.balanceOf(owner)).toBe(98);
  const charged = (await home.charges()).map(({ eventId }) => eventId).sort();
  const stored = (await home.stored()).map(({ id }) => id).sort();
  // The event that another process stored above, without a charge, is the only one that the books do not know.
  expect(stored.filter((id) => !charged.includes(id))).toHaveLength(1);
  expect(charged.filter((id) => !stored.includes(id))).toEqual([]);
});
