import { newId } from '@comptoir/shared/values/uuid.ts';
import { personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, eventFor } from '../testing/billingFixture.ts';
import { type CreditsFixture, openCredits } from '../testing/creditsFixture.ts';
import { lowBalance } from './lowBalance.ts';

let credits: CreditsFixture;
beforeAll(async () => {
  credits = await openCredits();
});
afterAll(() => credits.stop());

const SET = `mutation ($input: WalletAlertSetInput!) { walletAlertSet(input: $input) {
  wallet { alert { below armed wentOffAt } } userErrors { code field } } }`;
const REMOVE = `mutation ($input: WalletAlertRemoveInput!) { walletAlertRemove(input: $input) { wallet { alert { below } } userErrors { code } } }`;
const ALERT = 'query ($id: ID!) { wallet(id: $id) { alert { below armed wentOffAt } } }';

async function walletOf(accountId: string, kind = 'TRACKER'): Promise<string> {
  const { rows } = await credits.admin.query('select id from wallet where account_id = $1 and kind = $2', [
    accountId,
    kind,
  ]);
  return rows[0].id;
}
const viewerOf = (accountId: string) => personViewer({ accountId });
async function set(accountId: string, input: object): Promise<Answer> {
  return (await credits.ask(SET, { input }, viewerOf(accountId))).walletAlertSet;
}

test('N17 an alert goes off once per crossing, also with two rounds at once, and again after the balance was back', async () => {
  const account = await credits.openAccount();
  await credits.give(account, { credits: 20 });
  const walletId = await walletOf(account);
  expect(await set(account, { walletId, below: 15 })).toEqual({
    wallet: { alert: { below: 15, armed: true, wentOffAt: null } },
    userErrors: [],
  });
  const rounds = async (): Promise<Answer[]> => {
    await Promise.all([credits.run(lowBalance), credits.run(lowBalance)]);
    return await credits.mails();
  };
  await credits.mails();
  expect(await rounds()).toEqual([]);
  await credits.charge(eventFor(account, { credits: 6 }));
  expect(await rounds()).toEqual([
    { accountId: account, kind: 'CREDITS_LOW', params: { credits: '14', kind: 'TRACKER' } },
  ]);
  await credits.charge(eventFor(account, { credits: 1 }));
  expect(await rounds()).toEqual([]);
  await credits.give(account, { credits: 2 });
  expect(await rounds()).toEqual([]);
  await credits.charge(eventFor(account, { credits: 1 }));
  expect(await rounds()).toHaveLength(1);
  const { wallet } = await credits.ask(ALERT, { id: walletId }, viewerOf(account));
  expect(wallet.alert).toEqual({ below: 15, armed: false, wentOffAt: credits.clock.now().toISOString() });
});

test('N17 credits that expire make a balance low as well', async () => {
  const account = await credits.openAccount();
  await credits.give(account, { credits: 20, expiresAt: new Date(credits.clock.now().getTime() + 1_000) });
  await set(account, { walletId: await walletOf(account), below: 5 });
  credits.forward(1);
  await credits.mails();
  await credits.run(lowBalance);
  expect(await credits.mails()).toMatchObject([{ accountId: account, params: { credits: '0' } }]);
});

test('N17 a partner sets an alert of its own on a client: it is told, and neither sees the alert of the other', async () => {
  const [partner, client] = [await credits.openAccount(), await credits.openAccount()];
  await credits.partner(partner, client);
  const walletId = await walletOf(client);
  await set(partner, { walletId, below: 3 });
  await set(client, { walletId, below: 8 });
  for (const [viewer, below] of [
    [partner, 3],
    [client, 8],
  ] as const) {
    const { wallet } = await credits.ask(ALERT, { id: walletId }, viewerOf(viewer));
    expect(wallet.alert.below).toBe(below);
  }
  await credits.mails();
  await credits.run(lowBalance);
  expect((await credits.mails()).map(({ accountId }) => accountId).sort()).toEqual([partner, client].sort());
});

test('A43 the alert of a client whose partner pays for it is told to the partner', async () => {
  const [partner, client] = [await credits.openAccount(), await credits.openAccount()];
  const profileId = await credits.addProfile(partner);
  await credits.admin.query(
    `insert into subscription (id, account_id, profile_id, payer_id, cycle_profile_id, terms, currency, per_cycle, anchor, period_index, period_from, period_to,
                               time_zone, due_at, status, purchased_at)
     values ($1, $2, $3, $4, $3, '{"plan": "PLUS"}', 'EUR', 0, '2026-11-01', 0, '2026-11-01', '2026-12-01', 'UTC', '2026-12-01', 'ACTIVE', '2026-11-01')`,
    [newId(), client, profileId, partner],
  );
  await set(client, { walletId: await walletOf(client), below: 3 });
  await credits.mails();
  await credits.run(lowBalance);
  expect((await credits.mails()).map(({ accountId }) => accountId)).toEqual([partner]);
});

test('N17 an alert tells nothing any more once the partnership is over; the staff of the provider set none', async () => {
  const [partner, client] = [await credits.openAccount(), await credits.openAccount()];
  await credits.partner(partner, client);
  const walletId = await walletOf(client);
  await set(partner, { walletId, below: 3 });
  await credits.admin.query(`update access.reach set valid = tstzrange(lower(valid), $2) where holder = $1`, [
    partner,
    credits.clock.now(),
  ]);
  const { walletAlertSet } = await credits.ask(SET, { input: { walletId, below: 3 } }, staffViewer());
  expect(walletAlertSet.userErrors).toMatchObject([{ code: 'WALLET_NOT_FOUND' }]);
  await credits.mails();
  await credits.run(lowBalance);
  expect(await credits.mails()).toEqual([]);
});

test('N17 what cannot be watched is refused; removing is for good', async () => {
  const [account, stranger] = [await credits.openAccount(), await credits.openAccount()];
  const walletId = await walletOf(account);
  expect((await set(stranger, { walletId, below: 5 })).userErrors).toEqual([
    { code: 'WALLET_NOT_FOUND', field: ['input', 'walletId'] },
  ]);
  expect((await set(account, { walletId: 'x', below: 5 })).userErrors).toMatchObject([{ code: 'WALLET_NOT_FOUND' }]);
  expect((await set(account, { walletId, below: 0 })).userErrors).toMatchObject([{ code: 'BELOW_OUT_OF_BOUNDS' }]);
  expect((await set(account, { walletId, below: 1_000_000_001 })).userErrors).toMatchObject([
    { code: 'BELOW_OUT_OF_BOUNDS' },
  ]);
  await set(account, { walletId, below: 5 });
  await set(account, { walletId, below: 6 });
  const removed = await credits.ask(REMOVE, { input: { walletId } }, viewerOf(account));
  expect(removed.walletAlertRemove).toEqual({ wallet: { alert: null }, userErrors: [] });
  await credits.run(lowBalance);
  expect((await credits.mails()).filter(({ accountId }) => accountId === account)).toEqual([]);
});

test('N17 BILLING:READ does not set alerts', async () => {
  const account = await credits.openAccount();
  const reader = personViewer({ accountId: account, role: 'MEMBER', areas: { BILLING: 'READ' } });
  const { errors } = await credits.execute(SET, { input: { walletId: await walletOf(account), below: 1 } }, reader);
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});
