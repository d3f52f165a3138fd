import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, startTrackers, type TrackersFixture } from '../testing/trackersFixture.ts';

let home: TrackersFixture;
beforeAll(async () => {
  home = await startTrackers();
});
afterAll(() => home.stop());

const hour = 3_600_000;
const soon = (): { from: string; to: string } => ({
  from: new Date(Date.now() - hour).toISOString(),
  to: new Date(Date.now() + hour).toISOString(),
});

const FLEET = `query ($id: ID!, $from: DateTime!, $to: DateTime!) {
  _entities(representations: [{ __typename: "Account", id: $id }]) { ... on Account {
    trackers { nodes { id } }
    delegatedTrackers { nodes { id payer { id } } }
    delegations { nodes { status trackerCount } }
    events(from: $from, to: $to) { nodes { eventId payer { id } tracker { id } data } }
    consumption(from: $from, to: $to) { payer { id } events credits } } } }`;
const TRACKER = `query ($id: ID!, $from: DateTime!, $to: DateTime!) { tracker(id: $id) {
  name account { id } payer { id } delegation { status partner { id } } lastEvent { eventId }
  events { nodes { eventId } } consumption(from: $from, to: $to) { payer { id } events credits } availableActions { action allowed } } }`;

const fleetOf = async (account: PersonViewer, viewer = account): Promise<Answer> =>
  (await home.ask(FLEET, { id: account.accountId, ...soon() }, viewer))._entities[0];
const trackerAs = async (id: string, viewer: PersonViewer): Promise<Answer> =>
  (await home.ask(TRACKER, { id, ...soon() }, viewer)).tracker;

/**
 * A client whose partner pays for one of its two trackers: one event before the take-over, two during it, one of the
 * other tracker.
 */
async function journey() {
  const [client, partner] = [await home.openAccount(), await home.openAccount()];
  await home.attach(partner, client);
  const [taken, kept] = [await home.makeTracker(client), await home.makeTracker(client)];
  await home.record(client, { eventId: 'before', trackerId: taken });
  const delegationId = await home.takeOver(client, partner, [taken]);
  await home.record(client, { eventId: 'one', trackerId: taken, data: { name: 'Ada' } });
  await home.record(client, { eventId: 'two', trackerId: taken });
  await home.record(client, { eventId: 'other', trackerId: kept });
  return { client, partner, taken, kept, delegationId };
}

test('U04 F17 client and partner both see the fleet, its events and its consumption', async () => {
  const { client, partner, taken, kept } = await journey();
  const total = (payer: PersonViewer, events: number) => ({ payer: { id: payer.accountId }, events, credits: events });

  const own = await fleetOf(client);
  expect(own.trackers.nodes).toEqual([{ id: taken }, { id: kept }]);
  expect(own.delegations.nodes).toEqual([{ status: 'ACTIVE', trackerCount: 1 }]);
  expect(own.events.nodes.map(({ eventId }: Answer) => eventId)).toEqual(['other', 'two', 'one', 'before']);
  expect(own.consumption).toHaveLength(2);
  expect(own.consumption).toEqual(expect.arrayContaining([total(client, 2), total(partner, 2)]));

  const paid = await fleetOf(partner);
  expect(paid.trackers.nodes).toEqual([]);
  expect(paid.delegatedTrackers.nodes).toEqual([{ id: taken, payer: { id: partner.accountId } }]);
  expect(paid.delegations.nodes).toEqual([{ status: 'ACTIVE', trackerCount: 1 }]);
  expect(paid.events.nodes).toEqual([
    { eventId: 'two', payer: { id: partner.accountId }, tracker: { id: taken }, data: null },
    { eventId: 'one', payer: { id: partner.accountId }, tracker: { id: taken }, data: { name: 'Ada' } },
  ]);
  expect(paid.consumption).toEqual([total(partner, 2)]);

  expect(await trackerAs(taken, client)).toMatchObject({
    payer: { id: partner.accountId },
    delegation: { status: 'ACTIVE', partner: { id: partner.accountId } },
    lastEvent: { eventId: 'two' },
    events: { nodes: [{ eventId: 'two' }, { eventId: 'one' }, { eventId: 'before' }] },
  });
  const seen = await trackerAs(taken, partner);
  expect(seen).toMatchObject({
    account: { id: client.accountId },
    lastEvent: { eventId: 'two' },
    consumption: [total(partner, 2)],
  });
  expect(seen.events.nodes).toEqual([{ eventId: 'two' }, { eventId: 'one' }]);
  expect(seen.availableActions.filter(({ allowed }: Answer) => allowed)).toEqual([]);
  expect(await trackerAs(kept, partner)).toBeNull();
});

test('U13 a partner that has ended the take-over keeps what it paid for, without the tracker and what people filled in', async () => {
  const { client, partner, taken, delegationId } = await journey();
  await home.end(partner, delegationId);
  expect(await trackerAs(taken, partner)).toBeNull();
  const { events, consumption, delegatedTrackers } = await fleetOf(partner);
  expect(delegatedTrackers.nodes).toEqual([]);
  expect(events.nodes).toEqual([
    { eventId: 'two', payer: { id: partner.accountId }, tracker: null, data: null },
    { eventId: 'one', payer: { id: partner.accountId }, tracker: null, data: null },
  ]);
  expect(consumption).toEqual([{ payer: { id: partner.accountId }, events: 2, credits: 2 }]);
  expect((await fleetOf(client)).events.nodes).toHaveLength(4);
});

test('U05 with the partnership the delegated trackers are out of the partner’s sight at once', async () => {
  const { client, partner, taken } = await journey();
  expect(await trackerAs(taken, partner)).not.toBeNull();
  await home.detach(partner, client);
  expect(await trackerAs(taken, partner)).toBeNull();
  expect((await fleetOf(partner)).delegatedTrackers.nodes).toEqual([]);
});

test('another account’s trackers, events and delegations look absent, also by reference', async () => {
  const { client, partner, taken, delegationId } = await journey();
  const stranger = await home.openAccount();
  expect(await trackerAs(taken, stranger)).toBeNull();
  const foreign = await fleetOf(client, stranger);
  expect(foreign).toEqual(await fleetOf(await home.openAccount(), stranger));
  expect(foreign.trackers.nodes).toEqual([]);

  const event = (await home.stored()).find(({ payer }) => payer === partner.accountId);
  const missing = newId();
  const ask = (representations: Record<string, string>[], viewer: PersonViewer): Promise<Answer> =>
    home.ask(
      `query ($representations: [_Any!]!) { _entities(representations: $representations) {
        ... on Tracker { name } ... on Event { eventId } ... on Delegation { status } } }`,
      { representations },
      viewer,
    );
  const references = (tracker: string, eventId: string, delegation: string): Record<string, string>[] => [
    { __typename: 'Tracker', id: tracker },
    { __typename: 'Event', id: eventId },
    { __typename: 'Delegation', id: delegation },
  ];
  const real = references(taken, event?.id as string, delegationId);
  expect((await ask(real, client))._entities.every((one: Answer) => one !== null)).toBe(true);
  expect(await ask(real, stranger)).toEqual(await ask(references(missing, missing, missing), stranger));
  expect((await ask(real, stranger))._entities).toEqual([null, null, null]);
  expect((await ask(references('x', '', '1 or 1=1'), client))._entities).toEqual([null, null, null]);
});

test('G11 an account’s network list shuts out its partner’s people elsewhere', async () => {
  const { client, partner, taken } = await journey();
  await home.admin.query('insert into access.account_network values ($1, $2)', [client.accountId, ['10.1.0.0/16']]);
  expect(await trackerAs(taken, partner)).toBeNull();
  expect(await trackerAs(taken, client)).toBeNull();
  expect((await fleetOf(partner)).events.nodes).toEqual([]);
  expect(await trackerAs(taken, { ...partner, address: '10.1.2.3' })).not.toBeNull();
});

test('the types are closed to those without TRACKERS, and the partner’s billing people see the offer but not the trackers', async () => {
  const { client, partner, taken, delegationId } = await journey();
  const without = { ...client, areas: { SUPPORT: 'WRITE' } as const };
  for (const representation of [
    { __typename: 'Tracker', id: taken },
    { __typename: 'Delegation', id: delegationId },
  ]) {
    const { errors } = await home.execute(
      'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }',
      { r: [representation] },
      without,
    );
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
  const billing = { ...partner, areas: { BILLING: 'READ' } as const };
  const seen = await home.ask(
    'query ($id: ID!) { delegation(id: $id) { trackerCount } }',
    { id: delegationId },
    billing,
  );
  expect(seen.delegation.trackerCount).toBe(1);
  const { errors } = await home.execute(
    'query ($id: ID!) { delegation(id: $id) { trackers { nodes { id } } } }',
    { id: delegationId },
    billing,
  );
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', rule: 'TRACKERS:READ' });
});

test.each([
  ['from', '2026-01-02T00:00:00Z', '2026-01-02T00:00:00Z'],
  ['to', '2025-01-01T00:00:00Z', '2026-01-02T00:00:01Z'],
])('a sum over an impossible period is refused by its %s', async (field, from, to) => {
  const owner = await home.openAccount();
  const { errors } = await home.execute(FLEET, { id: owner.accountId, from, to }, owner);
  expect(errors?.map(({ extensions }) => extensions)).toContainEqual({ code: 'BAD_USER_INPUT', field: [field] });
});

test('events are paged, latest first, within a period', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  const base = Date.now() - hour;
  const at = (minute: number): string => new Date(base + minute * 60_000).toISOString();
  await home.record(owner, ...[0, 1, 2, 3, 4, 5].map((n) => ({ eventId: `e${n}`, trackerId, occurredAt: at(n) })));
  const PAGE = `query ($id: ID!, $first: Int, $after: String, $from: DateTime, $to: DateTime) { tracker(id: $id) {
    events(first: $first, after: $after, from: $from, to: $to) { nodes { eventId } pageInfo { hasNextPage endCursor } } } }`;
  const page = async (variables: Record<string, unknown>): Promise<Answer> =>
    (await home.ask(PAGE, { id: trackerId, ...variables }, owner)).tracker.events;
  const keys = ({ nodes }: Answer): string => nodes.map(({ eventId }: Answer) => eventId).join(' ');

  const first = await page({ first: 4 });
  expect(keys(first)).toBe('e5 e4 e3 e2');
  expect(keys(await page({ first: 4, after: first.pageInfo.endCursor }))).toBe('e1 e0');
  expect(keys(await page({ from: at(1), to: at(4) }))).toBe('e3 e2 e1');
});

test('the dashboard takes as many statements for 50 accounts with 10 trackers as for one with one', async () => {
  const partner = await home.openAccount();
  const clients = await Promise.all(Array.from({ length: 50 }, () => home.openAccount()));
  for (const client of clients) await home.attach(partner, client, ['TRACKERS:READ']);
  await home.admin.query(
    `insert into tracker select uuidv7(), c.id, 'QR_CODE', 'T' || n, 'ACTIVE', c.id, $2, null from unnest($1::uuid[]) as c (id), generate_series(1, 12) n`,
    [clients.map(({ accountId }) => accountId), new Date()],
  );
  await home.admin.query(
    `insert into event select uuidv7(), account_id, id::text, id, 'SCAN', $1, $1, account_id, 1, uuidv7(), '{}' from tracker`,
    [new Date()],
  );
  const DASHBOARD = `query ($r: [_Any!]!, $first: Int, $from: DateTime!, $to: DateTime!) { _entities(representations: $r) { ... on Account {
    trackers(first: $first) { nodes { id account { id } payer { id } delegation { id } lastEvent { id data tracker { name } }
      events(first: 2) { nodes { id } } consumption(from: $from, to: $to) { credits } creditForecast { creditsPerDay } availableActions { action } } }
    events(first: $first) { nodes { id } } consumption(from: $from, to: $to) { credits }
    delegations { nodes { id trackerCount } } delegatedTrackers { nodes { id } } } } }`;
  const counts: number[] = [];
  for (const [accounts, first] of [
    [1, 1],
    [50, 10],
  ] as const) {
    const r = clients.slice(0, accounts).map(({ accountId }) => ({ __typename: 'Account', id: accountId }));
    home.statements();
    const { _entities } = await home.ask(DASHBOARD, { r, first, ...soon() }, partner);
    counts.push(home.statements().length);
    expect(_entities).toHaveLength(accounts);
    for (const { trackers } of _entities) {
      expect(trackers.nodes).toHaveLength(first);
      expect(trackers.nodes[0].creditForecast).toEqual({ creditsPerDay: 1 });
      expect(trackers.nodes.every(({ lastEvent }: Answer) => lastEvent.tracker.name.startsWith('T'))).toBe(true);
    }
  }
  expect(counts[1]).toBe(counts[0]);
});
