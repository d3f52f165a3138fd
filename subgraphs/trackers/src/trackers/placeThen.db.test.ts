import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { serviceViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, startTrackers, type TrackersFixture } from '../testing/trackersFixture.ts';

/**
 * Where a tracker belonged at any instant: each fact is changed, and asked for before, at and after the instant of its
 * change.
 */
let home: TrackersFixture;
let client: PersonViewer;
let partner: PersonViewer;
beforeAll(async () => {
  home = await startTrackers();
  [client, partner] = [await home.openAccount(), await home.openAccount()];
  await home.attach(partner, client);
});
afterAll(() => home.stop());

const PLACE =
  'query ($id: ID!, $at: DateTime) { internalTrackerPlace(id: $id, at: $at) { accountId branchId payerId } }';
async function place(id: string, at: Date | null): Promise<Answer> {
  const { data, errors } = await home.execute(PLACE, { id, at: at?.toISOString() ?? null }, serviceViewer('identity'));
  expect(errors).toBeUndefined();
  return data?.['internalTrackerPlace'];
}
/** A millisecond before the instant, at it, a millisecond after it, and now. */
const around = (id: string, at: Date): Promise<Answer[]> =>
  Promise.all([new Date(at.getTime() - 1), at, new Date(at.getTime() + 1), null].map((each) => place(id, each)));

/** Does something at an instant of the installation's clock that is past every one before it. */
let ahead = 0;
async function atInstant(sql: string, values: unknown[]): Promise<Date> {
  ahead += 60_000;
  home.advance(60_000);
  const at = new Date(Date.now() + ahead);
  await home.admin.query('begin');
  await home.admin.query(`select set_config('app.now', $1, true)`, [at.toISOString()]);
  await home.admin.query(sql, values);
  await home.admin.query('commit');
  // The next of the fixture's own steps comes after it.
  home.advance(1);
  ahead += 1;
  return at;
}
const createdAt = async (id: string): Promise<Date> =>
  (await home.admin.query('select created_at from tracker where id = $1', [id])).rows[0].created_at;

test('N08 a tracker is there from its creation on', async () => {
  const id = await home.makeTracker(client);
  const there = { accountId: client.accountId, branchId: null, payerId: null };
  expect(await around(id, await createdAt(id))).toEqual([null, there, there, there]);
});

test('N08 G12 the branch of a tracker is that of the instant, through every change', async () => {
  const id = await home.makeTracker(client);
  const branches = async (at: Date): Promise<Answer[]> => (await around(id, at)).map((each) => each?.branchId ?? null);
  const [north, south] = [newId(), newId()];
  const set = 'update tracker set branch_id = $2 where id = $1';
  const first = await atInstant(set, [id, north]);
  expect(await branches(first)).toEqual([null, north, north, north]);
  const second = await atInstant(set, [id, south]);
  expect(await branches(second)).toEqual([north, south, south, south]);
  const third = await atInstant(set, [id, null]);
  expect(await branches(third)).toEqual([south, null, null, null]);
  const fourth = await atInstant(set, [id, north]);
  expect(await branches(fourth)).toEqual([null, north, north, north]);
  expect(await branches(first)).toEqual([null, north, north, north]);
  // Changed twice at one instant, the later word holds.
  const fifth = await atInstant(`with a as (select 1) update tracker set branch_id = $2 where id = $1`, [id, south]);
  await home.admin.query('begin');
  await home.admin.query(`select set_config('app.now', $1, true)`, [fifth.toISOString()]);
  await home.admin.query(set, [id, null]);
  await home.admin.query('commit');
  expect(await branches(fifth)).toEqual([north, null, null, null]);
  expect(await branches(fourth)).toEqual([null, north, north, null]);
});

test('N08 G12 a tracker that is made in a branch belonged to it from its creation on', async () => {
  const [id, north] = [newId(), newId()];
  const at = await atInstant(
    `insert into tracker (id, account_id, branch_id, kind, name, status, created_by, created_at)
     values ($1, $2, $3, 'QR_CODE', 'Door', 'INACTIVE', $4, access.instant())`,
    [id, client.accountId, north, client.userId],
  );
  const there = { accountId: client.accountId, branchId: north, payerId: null };
  expect(await around(id, at)).toEqual([null, there, there, there]);
});

test.each([
  [
    'REFUSED',
    `update delegation set status = 'REFUSED', answered_by = partner_id, answered_at = access.instant() where id = $1`,
  ],
  [
    'WITHDRAWN',
    `update delegation set status = 'WITHDRAWN', answered_by = client_id, answered_at = access.instant() where id = $1`,
  ],
  ['ENDED', `update delegation set status = 'ENDED', ended_by = client_id, ended_at = access.instant() where id = $1`],
])(
  'N08 U04 a take-over shows the tracker to the partner from the offer to the end, and to nobody before and after: %s',
  async (status, close) => {
    const id = await home.makeTracker(client);
    const payers = async (at: Date): Promise<Answer[]> => (await around(id, at)).map((each) => each?.payerId ?? null);
    home.advance(60_000);
    ahead += 60_000;
    const { delegation } = await home.offer(client, partner, [id]);
    if (status === 'ENDED') await home.accept(partner, delegation.id);
    const { rows } = await home.admin.query('select offered_at from delegation where id = $1', [delegation.id]);
    expect(await payers(rows[0].offered_at)).toEqual([null, partner.accountId, partner.accountId, partner.accountId]);
    const closed = await atInstant(
      `with closed as (update delegation_tracker set open = false where delegation_id = $1) ${close}`,
      [delegation.id],
    );
    expect(await payers(closed)).toEqual([partner.accountId, null, null, null]);
    expect((await payers(rows[0].offered_at)).slice(0, 3)).toEqual([null, partner.accountId, partner.accountId]);
  },
);

test('N08 U04 a take-over opens nothing once the partnership is over, though it was not ended itself', async () => {
  const other = await home.openAccount();
  await home.attach(other, client);
  const id = await home.makeTracker(client);
  home.advance(60_000);
  ahead += 60_000;
  await home.takeOver(client, other, [id]);
  const at = await atInstant(
    'update access.reach set valid = tstzrange(lower(valid), access.instant()) where holder = $1',
    [other.accountId],
  );
  expect((await around(id, at)).map((each) => each.payerId)).toEqual([other.accountId, null, null, null]);
});
