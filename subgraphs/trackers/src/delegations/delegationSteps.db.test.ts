import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, startTrackers, type TrackersFixture } from '../testing/trackersFixture.ts';

let home: TrackersFixture;
beforeAll(async () => {
  home = await startTrackers();
});
afterAll(() => home.stop());

type Pair = { client: PersonViewer; partner: PersonViewer; trackerId: string };

async function pair(): Promise<Pair> {
  const [client, partner] = [await home.openAccount(), await home.openAccount()];
  await home.attach(partner, client);
  return { client, partner, trackerId: await home.makeTracker(client) };
}

const STEP = (name: string): string =>
  `mutation ($id: ID!) { ${name}(input: { delegationId: $id }) { delegation { status } userErrors { code rule } } }`;
const take = async (name: string, id: string, viewer: PersonViewer): Promise<Answer> =>
  (await home.ask(STEP(name), { id }, viewer))[name];

const payerOf = async (trackerId: string, viewer: PersonViewer): Promise<string> =>
  (await home.ask('query ($id: ID!) { tracker(id: $id) { payer { id } } }', { id: trackerId }, viewer)).tracker.payer
    .id;

test('U11 U03 from its acceptance on the partner pays, and earlier events stay the client’s, also when they come late', async () => {
  const { client, partner, trackerId } = await pair();
  const before = new Date(Date.now() - 1);
  const { delegation } = await home.offer(client, partner, [trackerId]);
  expect(await payerOf(trackerId, client)).toBe(client.accountId);
  expect((await home.accept(partner, delegation.id)).delegation.status).toBe('ACTIVE');

  expect(await payerOf(trackerId, client)).toBe(partner.accountId);
  expect(await payerOf(trackerId, partner)).toBe(partner.accountId);
  const { results } = await home.record(client, { trackerId }, { trackerId, occurredAt: before.toISOString() });
  expect(results.map(({ event }: Answer) => event.payer.id)).toEqual([partner.accountId, client.accountId]);
  expect(await home.balanceOf(partner)).toBe(99);
  expect(await home.balanceOf(client)).toBe(99);
});

test.each([
  ['U13', 'client'],
  ['F18', 'partner'],
] as const)(
  '%s the %s ends it: from that instant the client pays, for what came before the partner, and the trackers are free',
  async (_rule, by) => {
    const two = await pair();
    const { client, partner, trackerId } = two;
    const id = await home.takeOver(client, partner, [trackerId]);
    const during = new Date();
    const { delegation, userErrors } = await home.end(two[by], id);
    expect(userErrors).toEqual([]);
    expect(delegation.status).toBe('ENDED');

    const { results } = await home.record(
      client,
      { trackerId },
      { trackerId, occurredAt: during.toISOString() },
      { trackerId, occurredAt: delegation.endedAt },
    );
    expect(results.map(({ event }: Answer) => event.payer.id)).toEqual([
      client.accountId,
      partner.accountId,
      client.accountId,
    ]);
    expect(await payerOf(trackerId, client)).toBe(client.accountId);
    expect((await home.offer(client, partner, [trackerId])).userErrors).toEqual([]);

    const { rows } = await home.admin.query(
      `select data->>'accountId' as told from trackers_jobs.job where data->>'notice' = 'DELEGATION_ENDED' and data->>'delegationId' = $1`,
      [id],
    );
    expect(rows).toEqual([{ told: (by === 'client' ? partner : client).accountId }]);
  },
);

test('U11 a refused or withdrawn offer frees its trackers and moves no payer', async () => {
  const { client, partner, trackerId } = await pair();
  const first = (await home.offer(client, partner, [trackerId])).delegation.id;
  expect(await take('delegationRefuse', first, partner)).toEqual({ delegation: { status: 'REFUSED' }, userErrors: [] });
  const second = (await home.offer(client, partner, [trackerId])).delegation.id;
  expect(await take('delegationWithdraw', second, client)).toEqual({
    delegation: { status: 'WITHDRAWN' },
    userErrors: [],
  });
  for (const id of [first, second]) {
    expect((await home.accept(partner, id)).userErrors).toEqual([{ code: 'NOT_WAITING', rule: 'U11' }]);
  }
  expect(await payerOf(trackerId, client)).toBe(client.accountId);
});

test('U11 the client cannot accept its own offer, nor the partner withdraw it', async () => {
  const { client, partner, trackerId } = await pair();
  const { delegation } = await home.offer(client, partner, [trackerId]);
  expect((await home.accept(client, delegation.id)).userErrors).toEqual([{ code: 'NOT_YOURS_TO_ANSWER', rule: 'U11' }]);
  expect((await take('delegationRefuse', delegation.id, client)).userErrors[0].code).toBe('NOT_YOURS_TO_ANSWER');
  expect((await take('delegationWithdraw', delegation.id, partner)).userErrors[0].code).toBe('NOT_YOURS_TO_ANSWER');
});

test('U11 an offer cannot be accepted when the partnership has ended', async () => {
  const { client, partner, trackerId } = await pair();
  const { delegation } = await home.offer(client, partner, [trackerId]);
  await home.detach(partner, client);
  expect((await home.accept(partner, delegation.id)).userErrors).toEqual([{ code: 'NOT_YOUR_PARTNER', rule: 'U09' }]);
});

test('U13 ending needs the area of one’s side: TRACKERS the client, BILLING the partner', async () => {
  const { client, partner, trackerId } = await pair();
  const id = await home.takeOver(client, partner, [trackerId]);
  const refusal = [{ code: 'AREA_NEEDED', rule: 'O10' }];
  expect((await home.end({ ...client, areas: { BILLING: 'WRITE' } }, id)).userErrors).toEqual(refusal);
  expect((await home.end({ ...partner, areas: { TRACKERS: 'WRITE' } }, id)).userErrors).toEqual(refusal);
  const { errors } = await home.execute(STEP('delegationEnd'), { id }, { ...client, areas: { TRACKERS: 'READ' } });
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  expect((await home.end({ ...client, areas: { TRACKERS: 'WRITE' } }, id)).delegation.status).toBe('ENDED');
});

test('somebody else’s, unknown and unreadable delegations look alike', async () => {
  const { client, partner, trackerId } = await pair();
  const { delegation } = await home.offer(client, partner, [trackerId]);
  const stranger = await home.openAccount();
  for (const id of [delegation.id, newId(), 'nonsense']) {
    for (const name of ['delegationAccept', 'delegationRefuse', 'delegationWithdraw', 'delegationEnd']) {
      expect(await take(name, id, stranger)).toEqual({
        delegation: null,
        userErrors: [{ code: 'DELEGATION_NOT_FOUND', rule: null }],
      });
    }
  }
});

test('U11 accepted and withdrawn at once: one of the two happens', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { client, partner, trackerId } = await pair();
    const { delegation } = await home.offer(client, partner, [trackerId]);
    const both = await Promise.all([
      home.accept(partner, delegation.id),
      take('delegationWithdraw', delegation.id, client),
    ]);
    const done = both.filter(({ userErrors }) => userErrors.length === 0);
    expect(done).toHaveLength(1);
    const payer = await payerOf(trackerId, client);
    expect(payer).toBe(done[0].delegation.status === 'ACTIVE' ? partner.accountId : client.accountId);
  }
});

test('N06 the switch is exact to the millisecond at both ends, also for events that come late', async () => {
  const { client, partner, trackerId } = await pair();
  const id = await home.takeOver(client, partner, [trackerId]);
  home.advance(60_000);
  await home.end(client, id);
  const { rows } = await home.admin.query(
    'select answered_at as since, ended_at as until from delegation where id = $1',
    [id],
  );
  const [since, until] = [rows[0].since.getTime(), rows[0].until.getTime()];
  home.advance(60_000);
  const instants = [since - 1, since, since + 1, until - 1, until, until + 1];
  const events = instants.map((at) => ({ trackerId, occurredAt: new Date(at).toISOString() }));
  const { results } = await home.record(client, ...events);
  const payers = results.map(({ event }: Answer) => (event.payer.id === partner.accountId ? 'partner' : 'client'));
  expect(payers).toEqual(['client', 'partner', 'partner', 'partner', 'client', 'client']);
  expect([await home.balanceOf(partner), await home.balanceOf(client)]).toEqual([97, 97]);
});

test('N06 the end waits for an event that is being taken in, and lies after it', async () => {
  const { client, partner, trackerId } = await pair();
  const id = await home.takeOver(client, partner, [trackerId]);
  await home.admin.query('begin');
  await home.admin.query('select pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [client.accountId]);
  const ending = home.end(client, id);
  await until(async () => {
    const { rows } = await home.admin.query(
      `select from pg_locks where locktype = 'advisory' and not granted
       and database = (select oid from pg_database where datname = current_database())`,
    );
    return rows.length > 0;
  }, 'the end to wait for the lock');
  const released = new Date();
  await home.admin.query('commit');
  expect(new Date((await ending).delegation.endedAt).getTime()).toBeGreaterThanOrEqual(released.getTime());
});

test('N06 a take-over begins where the last one ended, also when that was by a clock ahead of ours or at this very instant', async () => {
  const { client, partner, trackerId } = await pair();
  await home.end(client, await home.takeOver(client, partner, [trackerId]));
  const ahead = new Date(Date.now() + 86_400_000);
  await home.admin.query('update payer_span set valid = tstzrange(lower(valid), $2) where tracker_id = $1', [
    trackerId,
    ahead,
  ]);
  const next = await home.openAccount();
  await home.attach(next, client);
  const id = await home.takeOver(client, next, [trackerId]);
  const { rows } = await home.admin.query(
    'select lower(valid) as since, upper_inf(valid) as open from payer_span where delegation_id = $1',
    [id],
  );
  expect(rows).toEqual([{ since: ahead, open: true }]);
});

test('U05 with the partnership the take-over ends at that instant, for the payer at once and for its status by the sweep; a new one does not revive it', async () => {
  const { client, partner, trackerId } = await pair();
  const id = await home.takeOver(client, partner, [trackerId]);
  home.advance(60_000);
  await home.detach(partner, client);
  home.advance(60_000);
  await home.attach(partner, client);

  expect(await payerOf(trackerId, client)).toBe(client.accountId);
  await home.record(client, { trackerId });
  expect(await home.balanceOf(partner)).toBe(100);

  await home.subgraph.startJobs();
  const read = async (): Promise<Answer> =>
    (await home.ask('query ($id: ID!) { delegation(id: $id) { status endedAt } }', { id }, client)).delegation;
  await until(async () => (await read()).status === 'ENDED', 'the take-over to end');
  const { rows } = await home.admin.query(
    `select upper(r.valid) as until, upper(s.valid) as span from access.reach r, payer_span s
     where r.holder = $1 and r.account = $2 and not upper_inf(r.valid) and s.delegation_id = $3`,
    [partner.accountId, client.accountId, id],
  );
  expect((await read()).endedAt).toBe(rows[0].until.toISOString());
  expect(rows[0].span).toEqual(rows[0].until);
  expect((await home.offer(client, partner, [trackerId])).userErrors).toEqual([]);
});

test('U10 an offer of 10,000 trackers is made, accepted and ended', async () => {
  const { client, partner } = await pair();
  await home.admin.query(
    `insert into tracker select uuidv7(), $1, 'QR_CODE', 'T' || n, 'ACTIVE', $1, $2, $2 from generate_series(1, 9999) n`,
    [client.accountId, new Date()],
  );
  const { delegation } = await home.offer(client, partner);
  expect(delegation.trackerCount).toBe(10_000);
  expect((await home.accept(partner, delegation.id)).delegation.status).toBe('ACTIVE');
  expect((await home.end(partner, delegation.id)).delegation.status).toBe('ENDED');
  await home.makeTracker(client);
  expect((await home.offer(client, partner)).userErrors[0].code).toBe('TOO_MANY_TRACKERS');
});
