import { newId } from '@comptoir/shared/values/uuid.ts';
import { serviceViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { WALLETS_OPEN } from '../../testing/billingFixture.ts';
import { at, codes, PLUS, type SubscriptionFixture, startSubscriptions } from '../../testing/subscriptionFixture.ts';

let billing: SubscriptionFixture;
beforeAll(async () => {
  billing = await startSubscriptions();
});
afterAll(() => billing.stop());
beforeEach(() => at(billing, '2026-11-22T10:00:00.000Z'));

const open = (accountId: string) =>
  billing.execute(WALLETS_OPEN, { input: { accountId, grant: true } }, serviceViewer('identity'));
const balances = async (accountId: string): Promise<Record<string, number>> => {
  const { rows } = await billing.admin.query(
    'select kind, balance::integer as balance from wallet where account_id = $1 and profile_id is null',
    [accountId],
  );
  return Object.fromEntries(rows.map(({ kind, balance }) => [kind, balance]));
};
async function packOf(kind: string): Promise<string> {
  const { rows } = await billing.admin.query('select id from credit_pack where kind = $1 order by credits limit 1', [
    kind,
  ]);
  return rows[0].id;
}

test('A63 credits are bought by a quote, on a profile, for its account', async () => {
  const { accountId, viewer, profile } = await billing.payer();
  await open(accountId);
  const asked = { profileId: profile.id, packId: await packOf('TRACKER'), quantity: 3 };
  const quote = await billing.quoted('creditsBuyQuote', asked, viewer);
  expect(quote).toMatchObject({
    prorated: { amount: '27.00' },
    perCycle: null,
    taxToday: { amount: '5.40' },
    chargedToday: { amount: '32.40' },
  });
  const done = await billing.commit(quote.token, viewer);
  expect(done).toMatchObject({ quote: { state: 'COMMITTED', invoice: { net: { amount: '27.00' } } }, userErrors: [] });
  expect(await balances(accountId)).toEqual({ TRACKER: 400 });

  const ask = (input: object, by = viewer) => billing.ask('creditsBuyQuote', { ...asked, ...input }, by);
  expect(codes(await ask({ quantity: 0 }))).toEqual(['QUANTITY_OUT_OF_BOUNDS']);
  expect(codes(await ask({ packId: 'no pack' }))).toEqual(['PACK_NOT_FOUND']);
  expect(codes(await ask({ packId: newId() }))).toEqual(['PACK_NOT_FOUND']);
  expect(codes(await ask({}, (await billing.payer()).viewer))).toEqual(['PROFILE_NOT_FOUND']);
  const starter = { accountId, profileId: profile.id, ...PLUS, plan: 'STARTER' };
  await billing.done('subscriptionCreateQuote', starter, viewer);
  expect(codes(await ask({ packId: await packOf('SMS') }))).toEqual(['SMS_NOT_IN_PLAN']);
  expect(await billing.problems()).toEqual([]);
});

test('A63 credits are allocated by a quote, within reach, and as many as were said', async () => {
  const { accountId, viewer } = await billing.payer();
  const client = newId();
  await open(accountId);
  await open(client);
  const asked = { fromAccountId: accountId, toAccountId: client, kind: 'TRACKER', credits: 60 };
  expect(codes(await billing.ask('creditsAllocateQuote', asked, viewer))).toEqual(['ACCOUNT_NOT_FOUND']);
  await billing.partner(accountId, client);
  expect(codes(await billing.ask('creditsAllocateQuote', { ...asked, kind: 'MONEY' }, viewer))).toEqual([
    'KIND_NOT_ALLOCATED',
  ]);
  const [first, second] = [
    await billing.quoted('creditsAllocateQuote', asked, viewer),
    await billing.quoted('creditsAllocateQuote', asked, viewer),
  ];
  expect(first).toMatchObject({ prorated: null, chargedToday: null, lines: [] });
  expect(codes(await billing.commit(first.token, viewer))).toEqual([]);
  const late = await billing.commit(second.token, viewer);
  expect(late.userErrors).toMatchObject([{ code: 'QUOTE_NOT_POSSIBLE', rule: 'A63' }]);
  expect([await balances(accountId), await balances(client)]).toEqual([{ TRACKER: 40 }, { TRACKER: 160 }]);
  expect(await billing.problems()).toEqual([]);
});

test('A64 A65 money is paid in by a quote: no sale, no tax, kept for an account if asked', async () => {
  const { accountId, viewer, profile } = await billing.payer();
  const client = newId();
  await billing.partner(accountId, client);
  const asked = { profileId: profile.id, earmarkId: client, amount: { amount: '25.50', currency: 'EUR' } };
  const quote = await billing.quoted('prepaidBuyQuote', asked, viewer);
  expect(quote).toMatchObject({
    prorated: { amount: '25.50' },
    taxToday: { amount: '0.00' },
    chargedToday: { amount: '25.50' },
  });
  const done = await billing.commit(quote.token, viewer);
  expect(done).toMatchObject({
    quote: { state: 'COMMITTED', invoice: null, payment: { state: 'APPROVED' } },
    userErrors: [],
  });
  expect(await billing.prepaidOf(profile)).toEqual({ [client]: 2_550 });

  const ask = (input: object) => billing.ask('prepaidBuyQuote', { ...asked, ...input }, viewer);
  expect(codes(await ask({ amount: { amount: '1.234', currency: 'EUR' } }))).toEqual(['AMOUNT_NOT_READABLE']);
  expect(codes(await ask({ amount: { amount: '1.00', currency: 'USD' } }))).toEqual(['CURRENCY_DIFFERS']);
  expect(codes(await ask({ amount: { amount: '-1.00', currency: 'EUR' } }))).toEqual(['AMOUNT_OUT_OF_BOUNDS']);
  expect(codes(await ask({ earmarkId: newId() }))).toEqual(['ACCOUNT_NOT_FOUND']);
  expect(await billing.problems()).toEqual([]);
});
