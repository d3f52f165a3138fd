import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTrackers, type TrackersFixture } from '../testing/trackersFixture.ts';

let home: TrackersFixture;
beforeAll(async () => {
  home = await startTrackers();
});
afterAll(() => home.stop());

/** A client with so many trackers and its partner. */
async function pair(count = 1): Promise<{ client: PersonViewer; partner: PersonViewer; ids: string[] }> {
  const [client, partner] = [await home.openAccount(), await home.openAccount()];
  await home.attach(partner, client);
  const ids: string[] = [];
  for (let at = 0; at < count; at += 1) ids.push(await home.makeTracker(client));
  return { client, partner, ids };
}

const DELEGATION = `query ($id: ID!) { delegation(id: $id) {
  status client { id } partner { id } trackerCount trackers { nodes { id } } availableActions { action allowed reason } } }`;

test('U09 the client offers some trackers; both sides see the offer, and nobody else pays yet', async () => {
  const { client, partner, ids } = await pair(3);
  const offered = ids.slice(0, 2);
  const { delegation, userErrors } = await home.offer(client, partner, offered);
  expect(userErrors).toEqual([]);
  expect(delegation).toMatchObject({ status: 'OFFERED', trackerCount: 2 });

  for (const side of [client, partner]) {
    const seen = await home.ask(DELEGATION, { id: delegation.id }, side);
    expect(seen.delegation).toMatchObject({
      status: 'OFFERED',
      client: { id: client.accountId },
      partner: { id: partner.accountId },
      trackerCount: 2,
      trackers: { nodes: offered.map((id) => ({ id })) },
    });
    const allowed = seen.delegation.availableActions.filter((one: { allowed: boolean }) => one.allowed);
    expect(allowed.map((one: { action: string }) => one.action)).toEqual(
      side === client ? ['WITHDRAW'] : ['ACCEPT', 'REFUSE'],
    );
  }
  await home.record(client, { trackerId: ids[0] as string });
  expect(await home.balanceOf(partner)).toBe(100);
  expect(await home.balanceOf(client)).toBe(99);
});

test('U10 ALL takes every tracker that is free now, and none that comes later', async () => {
  const { client, partner, ids } = await pair(3);
  await home.offer(client, partner, [ids[0] as string]);
  const { delegation } = await home.offer(client, partner);
  expect(delegation.trackerCount).toBe(2);
  await home.makeTracker(client);
  const seen = await home.ask(DELEGATION, { id: delegation.id }, partner);
  expect(seen.delegation.trackers.nodes.map(({ id }: { id: string }) => id)).toEqual(ids.slice(1));
});

test('U12 the partner’s people for billing are to be told, once the offer is committed', async () => {
  const { client, partner } = await pair();
  const { delegation } = await home.offer(client, partner);
  const { rows } = await home.admin.query(
    `select data from trackers_jobs.job where name = 'notice' and data->>'delegationId' = $1`,
    [delegation.id],
  );
  expect(rows).toEqual([
    {
      data: {
        accountId: partner.accountId,
        area: 'BILLING',
        notice: 'DELEGATION_OFFERED',
        delegationId: delegation.id,
      },
    },
  ]);
});

test('U09 who is not the client’s partner now cannot be offered anything', async () => {
  const { client, partner, ids } = await pair();
  const stranger = await home.openAccount();
  const refusal = {
    delegation: null,
    userErrors: [{ code: 'NOT_YOUR_PARTNER', field: ['input', 'partnerId'], rule: 'U09' }],
  };
  expect(await home.offer(client, stranger, ids)).toEqual(refusal);
  await home.detach(partner, client);
  expect(await home.offer(client, partner, ids)).toEqual(refusal);
  // The link is not mutual: the partner has no trackers to offer to its client.
  expect(await home.offer(partner, client)).toEqual(refusal);
});

test('U10 a tracker that is in another offer is refused by its place, and nothing is offered', async () => {
  const { client, partner, ids } = await pair(2);
  await home.offer(client, partner, [ids[1] as string]);
  const { delegation, userErrors } = await home.offer(client, partner, ids);
  expect(delegation).toBeNull();
  expect(userErrors).toEqual([{ code: 'TRACKER_TAKEN', field: ['input', 'trackerIds', '1'], rule: 'U10' }]);
  expect((await home.offer(client, partner, [ids[0] as string])).userErrors).toEqual([]);
});

test('unknown, unreadable and foreign trackers look alike, and nothing is offered', async () => {
  const { client, partner, ids } = await pair();
  const foreign = (await pair()).ids[0] as string;
  for (const id of [newId(), 'nonsense', foreign]) {
    const { delegation, userErrors } = await home.offer(client, partner, [...ids, id]);
    expect(delegation).toBeNull();
    expect(userErrors).toEqual([{ code: 'TRACKER_NOT_FOUND', field: ['input', 'trackerIds', '1'], rule: null }]);
  }
});

test('U09 with no free tracker there is nothing to offer', async () => {
  const { client, partner } = await pair(0);
  expect((await home.offer(client, partner)).userErrors).toEqual([
    { code: 'NO_TRACKERS', field: ['input', 'scope'], rule: 'U09' },
  ]);
});

test('U10 of two offers of one tracker at once one is made', async () => {
  const { client, partner, ids } = await pair();
  const offers = await Promise.all([1, 2, 3, 4].map(() => home.offer(client, partner, ids)));
  expect(offers.filter(({ delegation }) => delegation !== null)).toHaveLength(1);
  expect(offers.flatMap(({ userErrors }) => userErrors.map(({ code }: { code: string }) => code))).toEqual(
    Array(3).fill('TRACKER_TAKEN'),
  );
});

test('U09 offering needs TRACKERS for writing', async () => {
  const { client, partner, ids } = await pair();
  const { errors } = await home.execute(
    'mutation ($input: DelegationOfferInput!) { delegationOffer(input: $input) { userErrors { code } } }',
    { input: { partnerId: partner.accountId, scope: 'SELECTED', trackerIds: ids } },
    { ...client, areas: { TRACKERS: 'READ', BILLING: 'WRITE' } },
  );
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', rule: 'TRACKERS:WRITE' });
});
