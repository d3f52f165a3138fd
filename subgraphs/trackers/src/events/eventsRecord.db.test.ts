import { newId } from '@comptoir/shared/values/uuid.ts';
import { personViewer, serviceViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, RECORD, startTrackers, type TrackersFixture } from '../testing/trackersFixture.ts';

let home: TrackersFixture;
beforeAll(async () => {
  home = await startTrackers();
});
afterAll(() => home.stop());

const outcomes = ({ results }: Answer): string[] => results.map((one: Answer) => one.code ?? one.outcome);
const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

test('U03 a scan of an active tracker is stored with its payer, and costs its owner a credit', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  const occurredAt = minutesAgo(3);

  const answer = await home.record(owner, { eventId: 'scan-1', trackerId, occurredAt, data: { page: 'menu', n: [1] } });
  expect(answer).toEqual({
    results: [
      {
        eventId: 'scan-1',
        outcome: 'ACCEPTED',
        code: null,
        message: null,
        rule: null,
        event: {
          id: expect.any(String),
          eventId: 'scan-1',
          kind: 'SCAN',
          occurredAt,
          payer: { id: owner.accountId },
          credits: 1,
          data: { page: 'menu', n: [1] },
          tracker: { id: trackerId },
        },
      },
    ],
    accepted: 1,
    replayed: 0,
    refused: 0,
    userErrors: [],
  });
  expect(await home.balanceOf(owner)).toBe(99);
});

test('U20 an inactive tracker costs nothing and says so', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner, { active: false });
  const { results } = await home.record(owner, { trackerId });
  expect(results[0]).toMatchObject({
    outcome: 'REFUSED',
    code: 'TRACKER_INACTIVE',
    rule: 'U20',
    message: expect.stringContaining('not active'),
    event: null,
  });
  expect(await home.balanceOf(owner)).toBe(100);
});

test('P an event that is sent again is answered with the first and charged once, also when its tracker is inactive by then', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  const event = { eventId: 'again', trackerId };
  const first = await home.record(owner, event);
  await home.ask(
    'mutation ($id: ID!) { trackersDeactivate(input: { trackerIds: [$id] }) { userErrors { code } } }',
    { id: trackerId },
    owner,
  );
  const second = await home.record(owner, event);
  expect(outcomes(second)).toEqual(['REPLAYED']);
  expect(second.results[0].event).toEqual(first.results[0].event);
  expect(await home.balanceOf(owner)).toBe(99);
});

test('P of two events with one id in a call the second is a replay', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  const answer = await home.record(owner, { eventId: 'twin', trackerId }, { eventId: 'twin', trackerId });
  expect(outcomes(answer)).toEqual(['ACCEPTED', 'REPLAYED']);
  expect(answer.results[1].event).toEqual(answer.results[0].event);
  expect(await home.balanceOf(owner)).toBe(99);
});

test('P an event id of another tracker or instant is refused, whether it is stored or came in the same call', async () => {
  const owner = await home.openAccount();
  const [one, other] = [await home.makeTracker(owner), await home.makeTracker(owner)];
  const occurredAt = minutesAgo(1);
  await home.record(owner, { eventId: 'stored', trackerId: one, occurredAt });
  const answer = await home.record(
    owner,
    { eventId: 'stored', trackerId: other, occurredAt },
    { eventId: 'stored', trackerId: one, occurredAt: minutesAgo(2) },
    { eventId: 'here', trackerId: one },
    { eventId: 'here', trackerId: other },
  );
  expect(outcomes(answer)).toEqual(['EVENT_ID_REUSED', 'EVENT_ID_REUSED', 'ACCEPTED', 'EVENT_ID_REUSED']);
  expect(await home.balanceOf(owner)).toBe(98);
});

test('U14 an account whose wallet is still being opened is no account without credit: the event may come again', async () => {
  const owner = personViewer({ accountId: newId() });
  const event = { eventId: newId(), trackerId: await home.makeTracker(owner) };
  const early = await home.record(owner, event);
  expect(early.results).toMatchObject([{ outcome: 'REFUSED', code: 'ACCOUNT_OPENING', rule: 'U14' }]);
  expect(await home.intake()).toEqual([]);
  const open = 'mutation ($input: InternalWalletsOpenInput!) { internalWalletsOpen(input: $input) { accountId } }';
  await home.billing.execute(open, { input: { accountId: owner.accountId, grant: true } }, serviceViewer('identity'));
  expect(outcomes(await home.record(owner, event))).toEqual(['ACCEPTED']);
});

test('P with no credit left an event is refused and not stored, and may come again after a top-up', async () => {
  const owner = await home.openAccount(0);
  const trackerId = await home.makeTracker(owner);
  const event = { eventId: 'poor', trackerId };
  expect(outcomes(await home.record(owner, event))).toEqual(['NO_CREDIT']);
  expect((await home.stored()).filter(({ key }) => key === 'poor')).toEqual([]);
  expect(await home.intake()).toEqual([]);

  await home.billing.execute(
    'mutation ($input: InternalWalletsOpenInput!) { internalWalletsOpen(input: $input) { accountId } }',
    { input: { accountId: owner.accountId, grant: true } },
    { kind: 'SERVICE', service: 'identity', requestId: newId(), address: null },
  );
  expect(outcomes(await home.record(owner, event))).toEqual(['ACCEPTED']);
});

test('P the last credits go to the first events of a call', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  const answer = await home.record(owner, ...Array.from({ length: 103 }, () => ({ trackerId })));
  expect(answer).toMatchObject({ accepted: 100, replayed: 0, refused: 3 });
  expect(outcomes(answer).slice(99)).toEqual(['ACCEPTED', 'NO_CREDIT', 'NO_CREDIT', 'NO_CREDIT']);
  expect(await home.balanceOf(owner)).toBe(0);
});

test('events too old, too early, unreadable or of no tracker are refused one by one', async () => {
  const owner = await home.openAccount();
  const stranger = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  const foreign = await home.makeTracker(stranger);
  const answer = await home.record(
    owner,
    { trackerId, occurredAt: minutesAgo(7 * 24 * 60 + 1) },
    { trackerId, occurredAt: minutesAgo(-6) },
    { trackerId, eventId: '' },
    { trackerId, data: { text: 'x'.repeat(9_000) } },
    { trackerId, data: { text: 'a\0b' } },
    { trackerId: newId() },
    { trackerId: 'nonsense' },
    { trackerId: foreign },
    { trackerId },
  );
  expect(outcomes(answer)).toEqual([
    'TOO_OLD',
    'TOO_EARLY',
    'EVENT_NOT_READABLE',
    'EVENT_NOT_READABLE',
    'EVENT_NOT_READABLE',
    'TRACKER_NOT_FOUND',
    'TRACKER_NOT_FOUND',
    'TRACKER_NOT_FOUND',
    'ACCEPTED',
  ]);
  expect(answer).toMatchObject({ accepted: 1, replayed: 0, refused: 8 });
  expect(await home.balanceOf(owner)).toBe(99);
  expect(await home.balanceOf(stranger)).toBe(100);
});

test.each([
  [0, 'NO_EVENTS'],
  [1_001, 'TOO_MANY_EVENTS'],
])('a call of %i events is refused: %s', async (count, code) => {
  const owner = await home.openAccount();
  const answer = await home.record(owner, ...Array.from({ length: count }, () => ({ trackerId: newId() })));
  expect(answer).toMatchObject({ results: [], userErrors: [{ code, field: ['input', 'events'] }] });
});

test('recording needs TRACKERS for writing', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  const events = [{ eventId: 'x', trackerId, kind: 'SCAN' }];
  const reader = { ...owner, areas: { TRACKERS: 'READ', BILLING: 'WRITE' } as const };
  const { data, errors } = await home.execute(RECORD, { input: { events } }, reader);
  expect(data).toEqual({ eventsRecord: null });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', rule: 'TRACKERS:WRITE' });
});

test('a partner with TRACKERS for writing records for its client; one that only pays does not', async () => {
  const client = await home.openAccount();
  const [manager, payer] = [await home.openAccount(), await home.openAccount()];
  await home.attach(manager, client, ['TRACKERS:WRITE']);
  await home.attach(payer, client);
  const trackerId = await home.makeTracker(client);
  await home.takeOver(client, payer, [trackerId]);

  // The manager sees nothing of the client's other partner, and yet that one pays.
  expect(outcomes(await home.record(manager, { eventId: 'managed', trackerId }))).toEqual(['ACCEPTED']);
  expect(await home.balanceOf(payer)).toBe(99);
  expect(await home.balanceOf(client)).toBe(100);
  expect(outcomes(await home.record(payer, { trackerId }))).toEqual(['TRACKER_NOT_FOUND']);
});

test('a call of 1,000 events takes as many statements as a call of one', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  const counts: number[] = [];
  for (const count of [1, 1_000]) {
    home.statements();
    await home.record(owner, ...Array.from({ length: count }, () => ({ trackerId })));
    counts.push(home.statements().length);
  }
  expect(counts[1]).toBe(counts[0]);
  // One to look, two to take in, one to settle; and the events that the answer selects, and their trackers.
  expect(counts[0]).toBe(6);
});
