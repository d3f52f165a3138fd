import { newId } from '@comptoir/shared/values/uuid.ts';
import { personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventFor } from '../../testing/billingFixture.ts';
import { type CreditsFixture, openCredits } from '../../testing/creditsFixture.ts';
import { oldHours } from '../forecast/forecastStore.ts';
import { expireCredits } from './expireCredits.ts';
import { expiryNotices } from './expiryNotices.ts';

let credits: CreditsFixture;
beforeAll(async () => {
  credits = await openCredits();
});
afterAll(() => credits.stop());

const inDays = (days: number): Date => new Date(credits.clock.now().getTime() + days * 86_400_000);

test('P an expired lot is unspendable at the instant; swept or not the balance is right, and the books stay sound', async () => {
  const account = await credits.openAccount();
  await credits.give(account, { credits: 30, expiresAt: inDays(1) });
  await credits.give(account, { credits: 5 });
  await credits.charge(eventFor(account, { credits: 10 }));
  expect(await credits.run(expireCredits)).toBe(0);
  credits.clock.set(inDays(1));
  expect(await credits.balance(account)).toBe(5);
  expect(await credits.charge(eventFor(account, { credits: 6 }))).toEqual(['INSUFFICIENT_CREDIT']);
  await credits.expectSound();
  expect(await credits.run(expireCredits)).toBe(1);
  expect(await credits.run(expireCredits)).toBe(0);
  expect(await credits.balance(account)).toBe(5);
  await credits.expectSound();
  const { ledgerCheck } = await credits.ask(
    '{ ledgerCheck { kinds { kind granted consumed expired left } } }',
    {},
    staffViewer(),
  );
  expect(ledgerCheck.kinds).toEqual([{ kind: 'TRACKER', granted: 35, consumed: 10, expired: 20, left: 5 }]);
});

test('A69 what has expired is not taken back, swept or not', async () => {
  const [partner, client] = [await credits.openAccount(), await credits.openAccount()];
  await credits.partner(partner, client);
  await credits.give(partner, { credits: 10, expiresAt: inDays(1) });
  await credits.allocate(partner, client, 10);
  credits.clock.set(inDays(1));
  expect(await credits.takeBack(client, partner, 1)).toEqual(['NOT_ENOUGH_UNSPENT']);
  await credits.run(expireCredits);
  expect(await credits.takeBack(client, partner, 1)).toEqual(['NOT_ENOUGH_UNSPENT']);
  await credits.expectSound();
});

test('P credits that expire are told of 30, 7 and 1 days before, once each, also by two rounds at once', async () => {
  const account = await credits.openAccount();
  await credits.mails();
  await credits.give(account, { credits: 12, expiresAt: inDays(40) });
  await credits.give(account, { credits: 3 });
  const told = async (): Promise<number> => {
    await Promise.all([credits.run(expiryNotices), credits.run(expiryNotices)]);
    const mails = await credits.mails();
    for (const mail of mails) {
      expect(mail).toMatchObject({
        accountId: account,
        kind: 'CREDITS_EXPIRE_SOON',
        params: { credits: '12', kind: 'TRACKER' },
      });
    }
    return mails.length;
  };
  expect(await told()).toBe(0);
  const days: number[] = [];
  for (let day = 39; day >= -1; day -= 1) {
    credits.forward(1);
    if ((await told()) === 1) days.push(day);
  }
  expect(days).toEqual([30, 7, 1]);
});

test('P a lot that comes late is told of once, and what is spent is not told of', async () => {
  const account = await credits.openAccount();
  await credits.mails();
  await credits.give(account, { credits: 5, expiresAt: inDays(3) });
  await credits.run(expiryNotices);
  expect(await credits.mails()).toMatchObject([
    { params: { credits: '5', day: inDays(3).toISOString().slice(0, 10) } },
  ]);
  await credits.charge(eventFor(account, { credits: 5 }));
  credits.forward(2.5);
  await credits.run(expiryNotices);
  expect(await credits.mails()).toEqual([]);
});

test('A43 of allocated credits the one who allocated them is told, not the client; once the partnership is over, the client', async () => {
  const [partner, client] = [await credits.openAccount(), await credits.openAccount()];
  await credits.partner(partner, client);
  await credits.give(partner, { credits: 10, expiresAt: inDays(3) });
  await credits.allocate(partner, client, 4);
  await credits.mails();
  await credits.run(expiryNotices);
  const mails = await credits.mails();
  expect(mails.map(({ accountId, params }) => [accountId, params.credits])).toEqual(
    expect.arrayContaining([
      [partner, '6'],
      [partner, '4'],
    ]),
  );
  expect(mails).toHaveLength(2);
  await endPartnership(partner);
  credits.forward(2.5);
  await credits.run(expiryNotices);
  expect((await credits.mails()).map(({ accountId, params }) => [accountId, params.credits])).toEqual(
    expect.arrayContaining([
      [partner, '6'],
      [client, '4'],
    ]),
  );
});

async function endPartnership(partnerId: string): Promise<void> {
  await credits.admin.query(`update access.reach set valid = tstzrange(lower(valid), $2) where holder = $1`, [
    partnerId,
    credits.clock.now(),
  ]);
}

const FORECAST = `query ($id: ID!) { wallet(id: $id) { balance forecast { creditsPerDay basedOnDays runsOutAt } } }`;

test('N17 the forecast of a wallet goes by its consumption of the last 28 days', async () => {
  const account = await credits.openAccount();
  await credits.give(account, { credits: 1_000 });
  const { rows } = await credits.admin.query('select id from wallet where account_id = $1', [account]);
  const id = rows[0].id;
  const forecast = async () =>
    (await credits.ask(FORECAST, { id }, personViewer({ accountId: account }))).wallet.forecast;
  expect(await forecast()).toEqual({ creditsPerDay: 0, basedOnDays: 1, runsOutAt: null });
  for (let day = 0; day < 30; day += 1) {
    await credits.charge(eventFor(account, { credits: 4 }), eventFor(account, { credits: 6 }));
    credits.forward(1);
  }
  expect(await forecast()).toEqual({ creditsPerDay: 10, basedOnDays: 28, runsOutAt: inDays(70).toISOString() });
  await credits.expectSound();
  credits.forward(40);
  expect(await credits.run(oldHours)).toBeGreaterThan(0);
  expect(await forecast()).toEqual({ creditsPerDay: 0, basedOnDays: 28, runsOutAt: null });
  await credits.expectSound();
});

test('N17 a tracker runs out when the wallet that pays for it does; whoever does not see that wallet learns nothing', async () => {
  const [payer, owner] = [await credits.openAccount(), await credits.openAccount()];
  await credits.give(payer, { credits: 30 });
  await credits.charge(eventFor(payer, { credits: 10 }));
  const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Tracker { creditsRunOutAt } } }`;
  const of = async (payerId: string | null, viewer: string) => {
    const r = [
      { __typename: 'Tracker', id: newId(), payer: payerId === null ? null : { __typename: 'Account', id: payerId } },
    ];
    return (await credits.ask(query, { r }, personViewer({ accountId: viewer })))._entities[0].creditsRunOutAt;
  };
  expect(await of(payer, payer)).toBe(inDays(2).toISOString());
  expect(await of(payer, owner)).toBeNull();
  expect(await of(null, payer)).toBeNull();
});

test('N17 wallets of several kinds and accounts are forecast by the same statements', async () => {
  const account = await credits.openAccount({ grant: true });
  await credits.give(account, { kind: 'SMS', credits: 5 });
  const query = `query ($ids: [_Any!]!) { _entities(representations: $ids) { ... on Account { wallets { kind forecast { basedOnDays } } } } }`;
  const { _entities } = await credits.ask(
    query,
    { ids: [{ __typename: 'Account', id: account }] },
    personViewer({ accountId: account }),
  );
  expect(_entities[0].wallets).toEqual([
    { kind: 'SMS', forecast: { basedOnDays: 1 } },
    { kind: 'TRACKER', forecast: { basedOnDays: 1 } },
  ]);
  const stranger = await credits.ask(FORECAST, { id: newId() }, personViewer({ accountId: account }));
  expect(stranger.wallet).toBeNull();
});
