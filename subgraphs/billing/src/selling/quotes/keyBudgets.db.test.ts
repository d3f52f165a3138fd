import { newId } from '@comptoir/shared/values/uuid.ts';
import { ALL_AREAS } from '@comptoir/shared/viewer/areas.ts';
import type { KeyViewer } from '@comptoir/shared/viewer/viewer.ts';
import { serviceViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { CHARGES_APPLY } from '../../testing/billingFixture.ts';
import { expectSound } from '../../testing/invoiceFixture.ts';
import {
  at,
  codes,
  type Payer,
  type SubscriptionFixture,
  startSubscriptions,
} from '../../testing/subscriptionFixture.ts';

type Answer = any;

let billing: SubscriptionFixture;
beforeAll(async () => {
  billing = await startSubscriptions({ system: 8 });
});
afterAll(async () => {
  await expectSound(billing);
  await billing.stop();
});
beforeEach(() => at(billing, '2026-11-01T10:00:00.000Z'));

/** A key of the payer's that may spend so many credits. */
const keyOf = ({ accountId }: Payer, creditBudget: number): KeyViewer => ({
  kind: 'KEY',
  keyId: newId(),
  userId: newId(),
  membershipId: newId(),
  role: 'OWNER',
  areas: ALL_AREAS,
  accountId,
  requestId: newId(),
  address: '127.0.0.1',
  networks: [],
  creditBudget,
});
const packOf = async (credits: number): Promise<string> =>
  (await billing.admin.query(`select id from credit_pack where kind = 'TRACKER' and credits = $1`, [credits])).rows[0]
    .id;
const LEFT = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ApiKey { creditsConsumed creditsLeft } } }`;
async function spentBy({ keyId, creditBudget, ...viewer }: KeyViewer): Promise<object> {
  const of = [{ __typename: 'ApiKey', id: keyId, creditBudget }];
  const { data } = await billing.execute(LEFT, { of }, { keyId, ...viewer });
  return (data as Answer)._entities[0];
}
const buy = async (payer: Payer, viewer: KeyViewer, credits = 100, quantity = 1): Promise<Answer> => {
  const asked = { profileId: payer.profile.id, packId: await packOf(credits), quantity };
  return await billing.quoted('creditsBuyQuote', asked, viewer);
};

test('N11 a key with a budget buys credits within it, and not beyond; people do', async () => {
  const payer = await billing.payer();
  const key = keyOf(payer, 250);
  for (const quantity of [1, 1]) {
    const { token } = await buy(payer, key, 100, quantity);
    expect(codes(await billing.commit(token, key))).toEqual([]);
  }
  const { token } = await buy(payer, key);
  expect((await billing.commit(token, key)).userErrors).toMatchObject([
    {
      code: 'KEY_BUDGET_EXCEEDED',
      rule: 'N11',
      message: 'The budget of this API key has 50 credits left, and this takes 100.',
    },
  ]);
  expect(await spentBy(key)).toEqual({ creditsConsumed: 200, creditsLeft: 50 });
  expect(codes(await billing.commit(token, payer.viewer))).toEqual([]);
  expect(await spentBy(key)).toEqual({ creditsConsumed: 200, creditsLeft: 50 });
});

test('N11 a purchase counts from the moment that its payment begins, and no longer when the card said no', async () => {
  const payer = await billing.payer({ token: 'tok_declined_then_needs_action' });
  const key = keyOf(payer, 150);
  const { token } = await buy(payer, key);
  expect(codes(await billing.commit(token, key))).toEqual(['PAYMENT_DECLINED']);
  expect(await spentBy(key)).toEqual({ creditsConsumed: 0, creditsLeft: 150 });
  expect(codes(await billing.commit(token, key))).toEqual(['PAYMENT_NEEDS_ACTION']);
  expect(await spentBy(key)).toEqual({ creditsConsumed: 100, creditsLeft: 50 });
  const other = await buy(payer, key);
  expect(codes(await billing.commit(other.token, key))).toEqual(['KEY_BUDGET_EXCEEDED']);
});

test('N11 allocations and events of a key at once never go beyond its budget together', async () => {
  const payer = await billing.payer();
  const client = await billing.payer();
  await billing.partner(payer.accountId, client.accountId);
  await billing.commit((await buy(payer, keyOf(payer, 5_000), 1_000)).token, payer.viewer);
  const key = keyOf(payer, 100);
  const asked = { fromAccountId: payer.accountId, toAccountId: client.accountId, kind: 'TRACKER', credits: 20 };
  // Somebody else pays for the events of the key: no wallet has the two wait for each other, only its counter does.
  const other = await billing.payer();
  await billing.commit((await buy(other, keyOf(other, 5_000))).token, other.viewer);
  const tokens: string[] = [];
  for (let at = 0; at < 8; at += 1) tokens.push((await billing.quoted('creditsAllocateQuote', asked, key)).token);
  const charge = async (): Promise<boolean> => {
    const event = { eventId: newId(), payerId: other.accountId, ownerId: payer.accountId, trackerId: newId() };
    const budget = { id: key.keyId, accountId: payer.accountId, budget: 100 };
    const charges = [{ ...event, credits: 20, occurredAt: '2026-11-01T09:59:00.000Z', key: budget }];
    const { data, errors } = await billing.execute(CHARGES_APPLY, { input: { charges } }, serviceViewer('trackers'));
    expect(errors).toBeUndefined();
    const [{ refusal }] = (data as Answer).internalChargesApply.results;
    expect([null, 'BUDGET_USED_UP']).toContain(refusal);
    return refusal === null;
  };
  const allocate = async (token: string): Promise<boolean> => {
    const no = codes(await billing.commit(token, key));
    expect([[], ['KEY_BUDGET_EXCEEDED']]).toContainEqual(no);
    return no.length === 0;
  };
  const done = await Promise.all([...tokens.map(allocate), ...Array.from({ length: 8 }, charge)]);
  expect(done.filter((one) => one)).toHaveLength(5);
  expect(await spentBy(key)).toEqual({ creditsConsumed: 100, creditsLeft: 0 });
});

test('N11 a key with a budget sets no automatic top-up, which would buy past it', async () => {
  const payer = await billing.payer();
  const [{ id: walletId }] = (
    await billing.admin.query(`select id from wallet where account_id = $1 and kind = 'TRACKER'`, [payer.accountId])
  ).rows;
  const SET = 'mutation ($input: WalletTopUpSetInput!) { walletTopUpSet(input: $input) { userErrors { code rule } } }';
  const monthlyCap = { amount: '50.00', currency: 'EUR' };
  const input = {
    walletId,
    below: 10,
    packId: await packOf(100),
    quantity: 1,
    profileId: payer.profile.id,
    monthlyCap,
  };
  const set = async (viewer: KeyViewer | Payer['viewer']): Promise<unknown> => {
    const { data } = await billing.execute(SET, { input }, viewer);
    return (data as Answer).walletTopUpSet.userErrors;
  };
  expect(await set(keyOf(payer, 1_000_000))).toEqual([{ code: 'KEY_HAS_BUDGET', rule: 'N11' }]);
  expect(await set(payer.viewer)).toEqual([]);
});
