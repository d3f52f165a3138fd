import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Demo, seedDemo } from '@comptoir/launch/demo/demo.ts';
import { openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ask } from './ask.ts';
import type { Fleet } from './fleet.ts';
import { outcomeTable, payerTable, verdictText } from './report.ts';
import { type RunOutcome, runDay } from './runDay.ts';
import type { Tally } from './sendDay.ts';

/** The demo as it comes with `npm start`, and the program against it, over real HTTP. */
let installation: TestInstallation;
let home: string;
let url: string;
let demo: Demo;
let first: RunOutcome;
let fleet: Fleet;

const DAY_MS = 86_400_000;
const end = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS);
const rowsOf = async (sql: string): Promise<Record<string, unknown>[]> => (await installation.admin.query(sql)).rows;
const run = (changed: Partial<Parameters<typeof runDay>[0]> = {}): Promise<RunOutcome> =>
  runDay({
    url,
    demo,
    home,
    seed: 1,
    events: 600,
    batch: 50,
    end,
    begins: (found) => {
      fleet = found;
    },
    progress: () => {},
    ...changed,
  });
const refusals = ({ refused }: Tally): number => [...refused.values()].reduce((sum, { events }) => sum + events, 0);
const codes = ({ refused }: Tally): string[] => [...refused.keys()].sort();

/** A way to the gateway that takes every third call with events there, and loses the answer. */
async function openLossyWay(to: string): Promise<{ url: string; lost(): number; stop(): Promise<void> }> {
  let [calls, lost] = [0, 0];
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).join('');
    const { authorization } = request.headers;
    const answer = await fetch(to + request.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
      body,
    });
    const text = await answer.text();
    if (body.includes('eventsRecord') && ++calls % 3 === 0) {
      lost += 1;
      response.destroy();
    } else {
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lost: () => lost,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

beforeAll(async () => {
  installation = await openTestInstallation({
    prepare: async (options) => {
      const seeded = await seedDemo({ ...options, tell: () => {} });
      if (seeded === null) throw new Error('The demo was not seeded.');
      demo = seeded;
      home = options.home;
    },
  });
  url = installation.url;
  first = await run();
});
afterAll(() => installation?.stop());

test('U04 the key finds the whole fleet: twelve clients with twelve trackers each, two of them inactive', () => {
  expect(fleet.partner.name).toBe('Agence Lumière');
  expect(fleet.clients.map(({ trackers }) => trackers.length)).toEqual(Array.from({ length: 12 }, () => 12));
  const inactive = fleet.clients.flatMap(({ trackers }) => trackers.filter(({ status }) => status === 'INACTIVE'));
  expect(inactive).toHaveLength(24);
});

test('U03 U20 every event has an outcome; unknown and inactive trackers are refused, duplicates replayed', () => {
  const { tally } = first;
  expect(tally.sent).toBe(600);
  expect(tally.accepted + tally.replayed + refusals(tally)).toBe(600);
  expect(tally.accepted).toBeGreaterThan(400);
  expect(tally.replayed).toBeGreaterThan(5);
  expect(codes(tally)).toEqual(expect.arrayContaining(['TRACKER_INACTIVE', 'TRACKER_NOT_FOUND']));
});

test('U03 N03 what was answered is what the tables hold: rows, charges, ledger, and who paid', async () => {
  const { tally, paid, verdict } = first;
  expect(verdict).toMatchObject({
    agrees: true,
    accepted: tally.accepted,
    rows: tally.accepted,
    ledger: tally.accepted,
  });
  const [sums] = await rowsOf(`
    select (select count(*)::int from trackers.event) as events,
           (select sum(credits)::int from trackers.event) as credits,
           (select sum(credits)::int from billing.charge) as charged,
           (select sum(l.original - l.remaining)::int from billing.lot l join billing.wallet w on w.id = l.wallet_id where w.kind = 'TRACKER') as spent,
           (select count(*)::int from trackers.intake) as waiting`);
  const { accepted } = tally;
  expect(sums).toEqual({ events: accepted, credits: accepted, charged: accepted, spent: accepted, waiting: 0 });

  const rows = await rowsOf(
    'select payer_id as id, sum(credits)::int as credits from trackers.event group by 1 order by 1',
  );
  const payers = paid.filter(({ credits }) => credits > 0).map(({ id, credits }) => ({ id, credits }));
  expect(payers.sort((one, other) => (one.id < other.id ? -1 : 1))).toEqual(rows);
  // The partner pays for every second client, the others pay for themselves.
  expect(rows).toHaveLength(7);
});

test('the report says it in words: outcomes with their reasons, payers by what they paid, and the verdict', () => {
  const { tally, paid, verdict } = first;
  const outcomes = outcomeTable(tally).split('\n');
  expect(outcomes[0]).toMatch(new RegExp(`ACCEPTED +${tally.accepted} +Stored and charged now`));
  expect(outcomes.find((line) => line.includes('TRACKER_INACTIVE'))).toContain('Nothing was recorded or charged.');
  const partner = paid.find(({ id }) => id === fleet.partner.id);
  expect(payerTable(paid).split('\n')[0]).toMatch(new RegExp(`Agence Lumière +${partner?.credits} +credits paid`));
  expect(verdictText(first)).toMatch(new RegExp(`^Ledger and rows agree: ${verdict.rows} events accepted, `));
});

test('U03 the same day again is replayed, and nobody pays', async () => {
  const { tally, paid, verdict } = await run({ batch: 200 });
  expect(tally).toMatchObject({ accepted: 0, replayed: first.tally.accepted + first.tally.replayed });
  expect(refusals(tally)).toBe(refusals(first.tally));
  expect(paid.map(({ credits }) => credits)).toEqual(paid.map(() => 0));
  expect(verdict).toMatchObject({ agrees: true, rows: 0, credits: 0, ledger: 0, wallets: 0 });
  expect(await rowsOf('select count(*)::int as events from trackers.event')).toEqual([
    { events: first.tally.accepted },
  ]);
});

test('U03 P answers that get lost on the way are asked for again, and no event is paid twice', async () => {
  const lossy = await openLossyWay(url);
  try {
    const outcome = await run({ url: lossy.url, seed: 4, events: 300, batch: 50 });
    const { tally, verdict } = outcome;
    expect(lossy.lost()).toBeGreaterThan(0);
    expect(tally.repeatedCalls).toBe(lossy.lost());
    // Stored without our knowing: the answers alone could not tell, the books do.
    expect(verdict.rows).toBeGreaterThan(tally.accepted);
    expect(verdict).toMatchObject({ agrees: true, ledger: verdict.rows, wallets: verdict.rows });
    expect(verdictText(outcome)).toContain(`and ${verdict.rows - tally.accepted} answered REPLAYED`);
  } finally {
    await lossy.stop();
  }
});

test('U03 a day that asks for more than there is leaves no wallet below zero, and the books still agree', async () => {
  const { tally, paid, verdict } = await run({ seed: 2, events: 2_500, batch: 500 });
  expect(verdict).toMatchObject({ agrees: true, rows: tally.accepted });
  expect(codes(tally)).toContain('NO_CREDIT');
  expect(paid.filter(({ balance }) => balance === null || balance < 0)).toEqual([]);
  expect(paid.filter(({ balance }) => balance === 0).length).toBeGreaterThan(3);
});

test('somebody who charges behind our back is noticed', async () => {
  const client = fleet.clients.find(({ name }) => name === 'Boulangerie Martin');
  // It happens now, which is outside the day: its row is not counted, and its credit is.
  const events = [{ eventId: 'stray', trackerId: client?.trackers[0]?.id, kind: 'SCAN' }];
  const query = 'mutation ($input: EventsRecordInput!) { eventsRecord(input: $input) { accepted } }';
  let scanned = 0;
  const outcome = await run({
    seed: 3,
    events: 20,
    begins: async () => {
      type Data = { eventsRecord: { accepted: number } };
      const { data } = await ask<Data>({ url, token: demo.key.secret }, query, { input: { events } });
      scanned = data.eventsRecord.accepted;
    },
  });
  const { verdict } = outcome;
  expect(scanned).toBe(1);
  expect(verdict.agrees).toBe(false);
  expect(verdict.ledger).toBe(verdict.rows + 1);
  expect(verdictText(outcome)).toContain('DO NOT AGREE');
});

test('a key that is no good here is told as such', async () => {
  const bad = { ...demo, key: { ...demo.key, secret: `${demo.key.secret.slice(0, -1)}_` } };
  await expect(run({ demo: bad })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});
