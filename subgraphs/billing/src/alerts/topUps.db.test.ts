import { personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { reconcile } from '../collecting/payments/collect.ts';
import type { TestProvider } from '../collecting/provider/testProvider.ts';
import { type Answer, eventFor } from '../testing/billingFixture.ts';
import { type CreditsFixture, openCredits, said } from '../testing/creditsFixture.ts';
import { topUps } from './topUpRound.ts';

let credits: CreditsFixture;
let packId: string;
beforeAll(async () => {
  credits = await openCredits();
  packId = await credits.packOf('TRACKER', 100);
});
afterAll(() => credits.stop());

const SET = `mutation ($input: WalletTopUpSetInput!) { walletTopUpSet(input: $input) {
  wallet { topUp { below quantity pack { id } profile { id } monthlyCap { amount currency } spentThisMonth { amount } active } } userErrors { code field } } }`;
const STOP = `mutation ($input: WalletTopUpStopInput!) { walletTopUpStop(input: $input) { wallet { topUp { active stoppedBecause } } userErrors { code } } }`;
const PRICE = `mutation ($input: CreditPackPriceSetInput!) { creditPackPriceSet(input: $input) { userErrors { code } } }`;
const TOP_UP = `query ($id: ID!) { wallet(id: $id) { balance topUp { active stoppedBecause spentThisMonth { amount currency }
  purchases { nodes { amount { amount } state failure } } } } }`;
const viewerOf = (accountId: string) => personViewer({ accountId });

async function walletOf(accountId: string): Promise<string> {
  const { rows } = await credits.admin.query(`select id from wallet where account_id = $1 and kind = 'TRACKER'`, [
    accountId,
  ]);
  return rows[0].id;
}
async function set(accountId: string, input: object): Promise<Answer> {
  return (await credits.ask(SET, { input }, viewerOf(accountId))).walletTopUpSet;
}
/** An account with 20 credits whose wallet is filled up with 100 credits for 9.00 EUR when it falls below 10. */
async function toppedUp(
  of: object = {},
  token = 'tok_approved',
): Promise<{ account: string; walletId: string; profileId: string }> {
  const account = await credits.openAccount();
  await credits.give(account, { credits: 20 });
  const profileId = await credits.addProfile(account, { token });
  const walletId = await walletOf(account);
  const input = {
    walletId,
    below: 10,
    packId,
    quantity: 1,
    profileId,
    monthlyCap: { amount: '20.00', currency: 'EUR' },
    ...of,
  };
  expect((await set(account, input)).userErrors).toEqual([]);
  await credits.mails();
  return { account, walletId, profileId };
}
const use = (account: string, amount: number) => credits.charge(eventFor(account, { credits: amount }));
const look = async (account: string, id: string) => (await credits.ask(TOP_UP, { id }, viewerOf(account))).wallet;
const round = () => credits.run(topUps(credits.config));
/** Until nothing is left to do, at most so often. */
async function rounds(): Promise<void> {
  for (let n = 0; n < 5 && (await round()) > 0; n += 1);
}

test('N17 a wallet that falls below is filled up: bought once by two rounds at once, told of, and not again while it is full', async () => {
  const { account, walletId, profileId } = await toppedUp();
  expect(await round()).toBe(0);
  await use(account, 11);
  await Promise.all([round(), round(), round()]);
  await rounds();
  expect(await look(account, walletId)).toEqual({
    balance: 109,
    topUp: {
      active: true,
      stoppedBecause: null,
      spentThisMonth: { amount: '9.00', currency: 'EUR' },
      purchases: { nodes: [{ amount: { amount: '9.00' }, state: 'BOUGHT', failure: null }] },
    },
  });
  expect(await credits.mails()).toEqual([
    { accountId: account, kind: 'TOPPED_UP', params: { amount: '9.00 EUR', credits: '109', kind: 'TRACKER' } },
  ]);
  const payments = await credits.admin.query('select id from payment where profile_id = $1', [profileId]);
  expect(payments.rows).toHaveLength(1);
  expect((credits.config.payments as TestProvider).charges(payments.rows[0].id)).toEqual(['900 EUR']);
  await credits.expectSound();
});

test('N17 never more than the cap in a month of the account, tax included; told of once, and on it goes in the next month', async () => {
  const { account, walletId, profileId } = await toppedUp();
  // 9.00 and 20 % of tax: one fits under 20.00.
  await credits.admin.query('update billing_profile set tax_basis_points = 2000 where id = $1', [profileId]);
  await credits.admin.query(`insert into access.account_zone values ($1, 'Pacific/Auckland')`, [account]);
  credits.clock.set(new Date('2026-11-30T10:00:00.000Z'));
  await use(account, 20);
  await rounds();
  await use(account, 100);
  await rounds();
  await rounds();
  expect(await look(account, walletId)).toMatchObject({
    balance: 0,
    topUp: { active: true, spentThisMonth: { amount: '10.80' } },
  });
  expect((await credits.mails()).map(({ kind }) => kind)).toEqual(['TOPPED_UP', 'TOP_UP_CAPPED']);
  // It is December in Auckland at 11:00 UTC.
  credits.clock.set(new Date('2026-11-30T11:00:00.000Z'));
  await rounds();
  expect(await look(account, walletId)).toMatchObject({ balance: 100, topUp: { spentThisMonth: { amount: '10.80' } } });
  await credits.expectSound();
});

test.each([
  ['tok_declined', 'PAYMENT_DECLINED'],
  ['tok_insufficient', 'PAYMENT_DECLINED'],
])('N17 with %s it stops by itself and its people are told', async (token, code) => {
  const { account, walletId } = await toppedUp({}, token);
  await use(account, 15);
  await rounds();
  expect(await look(account, walletId)).toMatchObject({
    balance: 5,
    topUp: {
      active: false,
      stoppedBecause: code,
      spentThisMonth: { amount: '0.00' },
      purchases: { nodes: [{ state: 'FAILED', failure: code }] },
    },
  });
  const mails = (await credits.mails()).filter(({ kind }) => kind === 'TOP_UP_FAILED');
  expect(mails).toMatchObject([{ accountId: account, params: { reason: code, credits: '5' } }]);
  expect(await round()).toBe(0);
});

test('N17 an answer of the payment provider that is lost buys once', async () => {
  const { account, walletId, profileId } = await toppedUp({}, 'tok_times_out_after_charging');
  await use(account, 15);
  await round();
  expect(await look(account, walletId)).toMatchObject({
    balance: 5,
    topUp: { purchases: { nodes: [{ state: 'UNDER_WAY' }] }, spentThisMonth: { amount: '9.00' } },
  });
  for (let n = 0; n < 10 && (await look(account, walletId)).balance === 5; n += 1) {
    credits.clock.set(new Date(credits.clock.now().getTime() + 120_000));
    await round();
  }
  expect(await look(account, walletId)).toMatchObject({
    balance: 105,
    topUp: { purchases: { nodes: [{ state: 'BOUGHT' }] } },
  });
  const { rows } = await credits.admin.query('select id from payment where profile_id = $1', [profileId]);
  expect(rows.flatMap(({ id }) => (credits.config.payments as TestProvider).charges(id))).toEqual(['900 EUR']);
});

test('N17 a payment that nobody confirms at the bank comes to nothing', async () => {
  const { account, walletId } = await toppedUp({}, 'tok_needs_action');
  await use(account, 15);
  await round();
  expect(await look(account, walletId)).toMatchObject({ topUp: { purchases: { nodes: [{ state: 'UNDER_WAY' }] } } });
  credits.clock.set(new Date(credits.clock.now().getTime() + 21 * 3_600_000));
  await credits.run(reconcile(credits.config));
  await rounds();
  expect(await look(account, walletId)).toMatchObject({
    balance: 5,
    topUp: { active: false, purchases: { nodes: [{ state: 'FAILED' }] } },
  });
});

test('N17 killed between the purchase and writing down its end, it is not bought again', async () => {
  const { account, walletId } = await toppedUp();
  await use(account, 15);
  await rounds();
  await use(account, 100);
  await credits.admin.query(
    `update wallet_top_up_purchase set state = 'UNDER_WAY', ended_at = null where wallet_id = $1`,
    [walletId],
  );
  expect(await round()).toBe(1);
  expect((await look(account, walletId)).topUp.purchases.nodes).toMatchObject([{ state: 'BOUGHT' }]);
  expect((await look(account, walletId)).balance).toBe(5);
});

test('N17 a pack that is no longer sold stops it', async () => {
  const first = await toppedUp();
  await credits.retire(packId, true);
  await use(first.account, 15);
  await rounds();
  expect(await look(first.account, first.walletId)).toMatchObject({
    balance: 5,
    topUp: { active: false, stoppedBecause: 'PACK_RETIRED' },
  });
  await credits.retire(packId, false);
});

test('N17 a price that has risen over the cap buys nothing, also when it rises at the last moment', async () => {
  const { account, walletId, profileId } = await toppedUp({ monthlyCap: { amount: '10.00', currency: 'EUR' } });
  const buy = async (atMost: string) => said(await credits.buy({ profileId, packId, atMost }));
  expect(await buy('899')).toBe('COSTS_TOO_MUCH');
  const price = async (amount: string) => {
    const input = { packId, amount, currency: 'EUR' };
    const { creditPackPriceSet } = await credits.ask(PRICE, { input }, staffViewer());
    expect(creditPackPriceSet.userErrors).toEqual([]);
    credits.forward(1);
  };
  await price('10.01');
  await use(account, 15);
  await rounds();
  expect(await look(account, walletId)).toMatchObject({
    balance: 5,
    topUp: { active: true, purchases: { nodes: [] } },
  });
  expect((await credits.mails()).map(({ kind }) => kind)).toEqual(['TOP_UP_CAPPED']);
  await price('9.00');
});

test('N17 it can be stopped, and set again', async () => {
  const { account, walletId, profileId } = await toppedUp();
  const { walletTopUpStop } = await credits.ask(STOP, { input: { walletId } }, viewerOf(account));
  expect(walletTopUpStop).toEqual({ wallet: { topUp: { active: false, stoppedBecause: null } }, userErrors: [] });
  await use(account, 15);
  expect(await round()).toBe(0);
  const again = { walletId, below: 10, packId, quantity: 2, profileId, monthlyCap: { amount: '18', currency: 'EUR' } };
  expect((await set(account, again)).wallet.topUp).toEqual({
    below: 10,
    quantity: 2,
    pack: { id: packId },
    profile: { id: profileId },
    monthlyCap: { amount: '18.00', currency: 'EUR' },
    spentThisMonth: { amount: '0.00' },
    active: true,
  });
  await rounds();
  expect((await look(account, walletId)).balance).toBe(205);
});

test('N17 what cannot be set is refused, and whom it is no business of sees nothing', async () => {
  const { account, walletId, profileId } = await toppedUp();
  const stranger = await credits.openAccount();
  const input = {
    walletId,
    below: 10,
    packId,
    quantity: 1,
    profileId,
    monthlyCap: { amount: '20.00', currency: 'EUR' },
  };
  const codes = async (of: object, who = account) =>
    (await set(who, { ...input, ...of })).userErrors.map(({ code }: Answer) => code);
  expect(await codes({}, stranger)).toEqual(['WALLET_NOT_FOUND']);
  expect(await codes({ below: 0 })).toEqual(['BELOW_OUT_OF_BOUNDS']);
  expect(await codes({ profileId: await credits.addProfile(stranger) })).toEqual(['PROFILE_NOT_FOUND']);
  expect(await codes({ quantity: 0 })).toEqual(['QUANTITY_OUT_OF_BOUNDS']);
  expect(await codes({ packId: 'x' })).toEqual(['PACK_NOT_FOUND']);
  expect(await codes({ packId: await credits.packOf('SMS', 100) })).toEqual(['PACK_OF_ANOTHER_KIND']);
  for (const monthlyCap of [
    { amount: '20', currency: 'USD' },
    { amount: '20.001', currency: 'EUR' },
    { amount: '-20', currency: 'EUR' },
  ]) {
    expect(await codes({ monthlyCap })).toEqual(['CAP_NOT_READABLE']);
  }
  expect(await codes({ monthlyCap: { amount: '8.99', currency: 'EUR' } })).toEqual(['CAP_BELOW_ONE_PURCHASE']);
});

test('N12 N17 somebody who is logged in as somebody else gives no order to spend, but stops one', async () => {
  const { account, walletId, profileId } = await toppedUp();
  const actors = [{ userId: account, accountId: account, loginAsId: account }];
  const viewer = personViewer({ accountId: account, actors });
  const input = {
    walletId,
    below: 10,
    packId,
    quantity: 1,
    profileId,
    monthlyCap: { amount: '20.00', currency: 'EUR' },
  };
  const { errors } = await credits.execute(SET, { input }, viewer);
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  const { walletTopUpStop } = await credits.ask(STOP, { input: { walletId } }, viewer);
  expect(walletTopUpStop.userErrors).toEqual([]);
});
