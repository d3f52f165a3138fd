import { newId } from '@comptoir/shared/values/uuid.ts';
import { crowd } from '@comptoir/testing/crowd.ts';
import { openTestInstallation, PATIENCE_MS, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkBooks, readChecks, storedEvents } from './books.ts';
import { askUntilAnswered, type Graph, openGraph } from './graph.ts';
import { RECORD_EVENTS } from './load.ts';
import { type Client, type Place, seedPlace } from './place.ts';
import type { Outcome } from './record.ts';

/** The whole product in this process, over HTTP: many at once on one wallet. */
let installation: TestInstallation;
let graph: Graph;
let place: Place;

beforeAll(async () => {
  installation = await openTestInstallation();
  // Each client has the 100 of its sign-up and 900 more.
  place = await seedPlace(installation.subgraphs, installation.systemUrls.identity, {
    trackers: 3,
    credits: [0, 900, 900, 900],
  });
  graph = openGraph(installation.url, PATIENCE_MS);
});
afterAll(() => installation?.stop());

type Payload = { results: Outcome[] };
const eventOf = ({ trackerIds }: Client, at: number, eventId: string = newId()) => ({
  eventId,
  trackerId: trackerIds[at % trackerIds.length],
  kind: 'SCAN',
});

/** Sends until it is answered. What failed on the way must have said "try again": `graph.bugs` has what did not. */
async function record({ key }: Client, events: ReturnType<typeof eventOf>[]): Promise<Outcome[]> {
  const payload = await askUntilAnswered<Payload>(() => graph.ask(RECORD_EVENTS, { input: { events } }, key), {
    withinMs: PATIENCE_MS,
  });
  return payload?.results ?? [];
}

const balanceOf = async ({ accountId }: Client): Promise<number> =>
  Number(
    (await installation.admin.query('select balance from billing.wallet where account_id = $1', [accountId])).rows[0]
      .balance,
  );

const told = (outcomes: Outcome[]): Record<string, number> =>
  Object.fromEntries(
    Map.groupBy(outcomes, ({ outcome, code }) => code ?? outcome)
      .entries()
      .map(([name, list]) => [name, list.length]),
  );

test.each([0, 1])(
  'U03 5,000 concurrent debits of 1 on a balance of 1,000: exactly 1,000 are accepted (wallet %i)',
  async (which) => {
    const client = place.clients[which] as Client;
    const debits = Array.from({ length: 5_000 }, (_, at) => eventOf(client, at));
    // A thousand calls of one event, and batches of every size up to a hundred, all in one crowd.
    const batches: (typeof debits)[] = [];
    for (let at = 0, size = 1; at < debits.length; at += batches.at(-1)?.length ?? 1) {
      size = batches.length % 20 === 19 ? Math.min(size + 10, 100) : size;
      batches.push(debits.slice(at, at + (batches.length % 2 === 0 ? 1 : size)));
    }
    const outcomes = await crowd(
      batches.map((batch) => () => record(client, batch)),
      100,
    );

    expect(graph.bugs).toEqual([]);
    // A call that was told to come again after its charge is a replay when it does.
    const { ACCEPTED = 0, REPLAYED = 0, ...others } = told(outcomes.flat());
    expect({ acknowledged: ACCEPTED + REPLAYED, ...others }).toEqual({ acknowledged: 1_000, NO_CREDIT: 4_000 });
    expect(await balanceOf(client)).toBe(0);
    const stored = (await storedEvents(installation.admin)).filter(({ accountId }) => accountId === client.accountId);
    const accepted = outcomes.flat().flatMap(({ outcome, eventId }) => (outcome === 'REFUSED' ? [] : [eventId]));
    expect(new Set(stored.map(({ senderKey }) => senderKey))).toEqual(new Set(accepted));
    expect(await checkBooks(installation.admin, await readChecks())).toEqual([]);
  },
  120_000,
);

test('P one event id sent 1,000 times at once is charged once; every answer is the stored one or says "send again"', async () => {
  const client = place.clients[2] as Client;
  const before = await balanceOf(client);
  const event = eventOf(client, 0);
  // All at once, more than the gateway admits: it tells some to come again.
  const replies = await Promise.all(
    Array.from({ length: 1_000 }, () => graph.ask<Payload>(RECORD_EVENTS, { input: { events: [event] } }, client.key)),
  );

  expect(graph.bugs).toEqual([]);
  expect(replies.filter(({ failed }) => failed?.code === null)).toEqual([]);
  const all = replies.flatMap(({ answered }) => answered?.results ?? []);
  const { ACCEPTED, REPLAYED, ...others } = told(all);
  expect({ ACCEPTED, others }).toEqual({ ACCEPTED: 1, others: {} });
  // How many got a place depends on the machine; that several met is the point.
  expect(REPLAYED).toBeGreaterThan(0);
  const ids = all.flatMap(({ event: stored }) => (stored === null ? [] : [stored.id]));
  expect(new Set(ids).size).toBe(1);
  expect(await balanceOf(client)).toBe(before - 1);
  expect(await record(client, [event])).toMatchObject([{ outcome: 'REPLAYED' }]);
  expect(await checkBooks(installation.admin, await readChecks())).toEqual([]);
});
