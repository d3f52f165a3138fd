import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, eventFor } from '../../testing/billingFixture.ts';
import { type CreditsFixture, openCredits } from '../../testing/creditsFixture.ts';
import { expireCredits } from '../expiry/expireCredits.ts';

let credits: CreditsFixture;
let partner: string;
let client: string;
beforeAll(async () => {
  credits = await openCredits();
  partner = await credits.openAccount();
  client = await credits.openAccount({ grant: true });
  await credits.partner(partner, client);
});
afterAll(() => credits.stop());

const HISTORY = `query ($ids: [_Any!]!, $kind: CreditKind, $first: Int, $after: String) { _entities(representations: $ids) { ... on Account {
  creditMovements(kind: $kind, first: $first, after: $after) {
    nodes { transactionId type kind credits from { id } to { id } by { id } lots { nodes { id original } } }
    pageInfo { hasNextPage endCursor } } } } }`;

async function history(accountId: string, viewer: PersonViewer, of: object = {}): Promise<Answer> {
  const { _entities } = await credits.ask(HISTORY, { ids: [{ __typename: 'Account', id: accountId }], ...of }, viewer);
  return _entities[0].creditMovements;
}
const lines = (page: Answer): string[] => page.nodes.map(({ type, credits: sum }: Answer) => `${type} ${sum}`);
const later = (): void => credits.clock.set(new Date(credits.clock.now().getTime() + 1_000));

test('A68 both sides read the history of an allocation, each of its own wallet; charges are not in it', async () => {
  const profileId = await credits.addProfile(partner);
  await credits.buy({ profileId, packId: await credits.packOf('TRACKER', 100) });
  later();
  await credits.allocate(partner, client, 60);
  later();
  await credits.charge(eventFor(client, { credits: 1 }));
  expect(await credits.takeBack(client, partner, 25)).toEqual([]);

  const seenByPartner = await history(partner, personViewer({ accountId: partner }));
  const seenByClient = await history(client, personViewer({ accountId: client }));
  expect(lines(seenByPartner)).toEqual(['TAKE_BACK 25', 'ALLOCATE -60', 'PURCHASE 100']);
  expect(lines(seenByClient)).toEqual(['TAKE_BACK -25', 'ALLOCATE 60', 'GRANT 100']);
  const [back, moved, bought] = seenByPartner.nodes;
  expect(back.by).toEqual({ id: expect.any(String) });
  expect(seenByClient.nodes[0].by).toBeNull();
  expect(back).toMatchObject({ kind: 'TRACKER', from: { id: client }, to: { id: partner } });
  expect(moved).toMatchObject({ from: { id: partner }, to: { id: client } });
  expect(bought).toMatchObject({ from: null, to: { id: partner }, by: null });
  expect(seenByClient.nodes.map((one: Answer) => one.transactionId).slice(0, 2)).toEqual([
    back.transactionId,
    moved.transactionId,
  ]);
  expect(lines(await history(client, personViewer({ accountId: partner })))).toEqual(lines(seenByClient));
});

test('A68 the client sees its own lots of an allocation, never those of the partner', async () => {
  const own = await credits.admin.query(
    'select lot.id from lot join wallet w on w.id = lot.wallet_id where w.account_id = $1',
    [client],
  );
  const ids = own.rows.map(({ id }) => id);
  const { nodes } = await history(client, personViewer({ accountId: client }));
  const seen = nodes.flatMap(({ lots }: Answer) => lots.nodes.map(({ id }: Answer) => id));
  expect(seen.length).toBeGreaterThan(0);
  for (const id of seen) expect(ids).toContain(id);
  // The partner's own history is not the client's to see.
  const { data } = await credits.execute(
    HISTORY,
    { ids: [{ __typename: 'Account', id: partner }] },
    personViewer({ accountId: client }),
  );
  expect((data as Answer)._entities[0].creditMovements.nodes).toEqual([]);
});

test('A68 who did it is shown by reference, and a kind can be chosen', async () => {
  const account = await credits.openAccount();
  await credits.give(account, { kind: 'SMS', credits: 3 });
  await credits.give(account, { credits: 4 });
  const viewer = personViewer({ accountId: account });
  const all = await history(account, viewer);
  expect(lines(all)).toEqual(['GRANT 4', 'GRANT 3']);
  // The provider's people are named to each other only.
  expect(all.nodes[0].by).toBeNull();
  expect((await history(account, staffViewer())).nodes[0].by).toEqual({ id: expect.any(String) });
  expect(lines(await history(account, viewer, { kind: 'SMS' }))).toEqual(['GRANT 3']);
  const { errors } = await credits.execute(
    HISTORY,
    { ids: [{ __typename: 'Account', id: account }], kind: 'MONEY' },
    viewer,
  );
  expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
});

test('A68 the history is paged, over all kinds together', async () => {
  const account = await credits.openAccount();
  for (let n = 1; n <= 7; n += 1) {
    later();
    await credits.give(account, { kind: n % 2 === 0 ? 'SMS' : 'TRACKER', credits: n });
  }
  const viewer = personViewer({ accountId: account });
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page: Answer = await history(account, viewer, { first: 3, after });
    seen.push(...lines(page));
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1].map((n) => `GRANT ${n}`));
});

test('P credits that ran out are in the history as well, and booked once by two sweeps at once', async () => {
  const account = await credits.openAccount();
  await credits.give(account, { credits: 9, expiresAt: new Date(credits.clock.now().getTime() + 60_000) });
  credits.forward(1);
  const done = await Promise.all([credits.run(expireCredits), credits.run(expireCredits)]);
  expect(done.reduce((sum, one) => sum + one, 0)).toBe(1);
  const page = await history(account, personViewer({ accountId: account }));
  expect(lines(page)).toEqual(['EXPIRE -9', 'GRANT 9']);
  expect(page.nodes[0]).toMatchObject({ from: { id: account }, to: null, by: null });
  await credits.expectSound();
});

test('A68 BILLING:READ is needed', async () => {
  const viewer = personViewer({ accountId: client, role: 'MEMBER', areas: { TRACKERS: 'WRITE' } });
  const { errors } = await credits.execute(HISTORY, { ids: [{ __typename: 'Account', id: client }] }, viewer);
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  expect(await history(newId(), personViewer({ accountId: client }))).toMatchObject({ nodes: [] });
});
