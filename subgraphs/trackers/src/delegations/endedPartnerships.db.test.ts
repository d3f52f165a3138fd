import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTrackers, type TrackersFixture } from '../testing/trackersFixture.ts';

let home: TrackersFixture;
beforeAll(async () => {
  home = await startTrackers();
  await home.subgraph.startJobs();
});
afterAll(() => home.stop());

const statusOf = async (id: string): Promise<string> =>
  (await home.admin.query('select status from delegation where id = $1', [id])).rows[0].status;

test('U05 U13 with the partnership go the offer that waits and the take-over that runs; the trackers can be offered again', async () => {
  const [client, partner, kept] = [await home.openAccount(), await home.openAccount(), await home.openAccount()];
  await home.attach(partner, client);
  await home.attach(partner, kept);
  const [offered, taken] = [await home.makeTracker(client), await home.makeTracker(client)];
  const { delegation: offer } = await home.offer(client, partner, [offered]);
  const running = await home.takeOver(client, partner, [taken]);
  const { delegation: other } = await home.offer(kept, partner, [await home.makeTracker(kept)]);

  await home.detach(partner, client);
  await until(
    async () => (await statusOf(offer.id)) === 'WITHDRAWN' && (await statusOf(running)) === 'ENDED',
    'offer and take-over to end',
  );
  expect(await statusOf(other.id)).toBe('OFFERED');

  await home.attach(partner, client);
  const { delegation: again, userErrors } = await home.offer(client, partner, [offered, taken]);
  expect([again.status, userErrors]).toEqual(['OFFERED', []]);
});
