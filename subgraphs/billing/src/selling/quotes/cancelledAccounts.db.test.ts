import { newId } from '@comptoir/shared/values/uuid.ts';
import { serviceViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { collect } from '../../collecting/payments/collect.ts';
import {
  at,
  codes,
  type Payer,
  PLUS,
  type SubscriptionFixture,
  startSubscriptions,
} from '../../testing/subscriptionFixture.ts';

let billing: SubscriptionFixture;
beforeAll(async () => {
  billing = await startSubscriptions();
});
afterAll(() => billing.stop());
beforeEach(() => at(billing, '2026-11-01T10:00:00.000Z'));

/** As accounts has it stand in the commit that cancels. */
const cancelAccount = (accountId: string) =>
  billing.admin.query('insert into access.account_cancelled (account) values ($1)', [accountId]);
const subscriptionEnds = async (accountId: string): Promise<string | undefined> => {
  const query =
    'mutation ($input: InternalSubscriptionCancelInput!) { internalSubscriptionCancel(input: $input) { accountId } }';
  const { errors } = await billing.execute(query, { input: { accountId } }, serviceViewer('accounts'));
  return errors?.[0]?.extensions.code as string | undefined;
};
const packOf = async (credits: number): Promise<string> => {
  const found = await billing.admin.query(`select id from credit_pack where kind = 'TRACKER' and credits = $1`, [
    credits,
  ]);
  return found.rows[0].id;
};

/** A partner with credits to give, and a client of its. */
async function pair(): Promise<{ agency: Payer; client: Payer }> {
  const [agency, client] = [await billing.payer(), await billing.payer()];
  await billing.partner(agency.accountId, client.accountId);
  await billing.done(
    'creditsBuyQuote',
    { profileId: agency.profile.id, packId: await packOf(100), quantity: 1 },
    agency.viewer,
  );
  return { agency, client };
}

/** Whatever starts or raises something for the client, or for who pays: by mutation, input and who asks. */
async function raising({ agency, client }: { agency: Payer; client: Payer }): Promise<[string, object, Payer][]> {
  const { accountId } = client;
  const amount = { amount: '10.00', currency: 'EUR' };
  return [
    ['subscriptionCreateQuote', { accountId, profileId: agency.profile.id, ...PLUS }, agency],
    ['subscriptionCreateQuote', { accountId, profileId: client.profile.id, ...PLUS }, client],
    ['subscriptionCreateQuote', { accountId, priceVersion: 'V1', product: 'EM', plan: 'TRIAL' }, client],
    ['creditsBuyQuote', { profileId: client.profile.id, packId: await packOf(100), quantity: 1 }, client],
    [
      'creditsAllocateQuote',
      { fromAccountId: agency.accountId, toAccountId: accountId, kind: 'TRACKER', credits: 10 },
      agency,
    ],
    ['prepaidBuyQuote', { profileId: client.profile.id, amount }, client],
    ['prepaidBuyQuote', { profileId: agency.profile.id, earmarkId: accountId, amount }, agency],
  ];
}

test('A61 nothing is started for an account that was cancelled, bought by it or moved to it, and a quote of before is refused when it is committed', async () => {
  const sides = await pair();
  const asked = await raising(sides);
  const before: [string, Payer][] = [];
  for (const [operation, input, by] of asked)
    before.push([(await billing.quoted(operation, input, by.viewer)).token, by]);

  await cancelAccount(sides.client.accountId);
  for (const [operation, input, { viewer }] of asked) {
    const { quote, userErrors } = await billing.ask(operation, input, viewer);
    expect([operation, quote]).toEqual([operation, null]);
    expect(userErrors).toMatchObject([{ code: 'ACCOUNT_CANCELLED', rule: 'A61' }]);
  }
  const books = 'select (select count(*) from payment) || $1 || (select count(*) from ledger_transaction) as books';
  const kept = (await billing.admin.query(books, [' '])).rows;
  for (const [token, { viewer }] of before) {
    const { userErrors } = await billing.commit(token, viewer);
    expect(userErrors).toMatchObject([{ code: 'QUOTE_NOT_POSSIBLE', rule: 'A61' }]);
  }
  expect((await billing.admin.query(books, [' '])).rows).toEqual(kept);
});

test('A61 a partner that was cancelled pays for nothing new, nor for more', async () => {
  const { agency, client } = await pair();
  const { accountId } = client;
  await billing.done(
    'subscriptionCreateQuote',
    { accountId, profileId: agency.profile.id, ...PLUS, frequency: 'ANNUAL' },
    agency.viewer,
  );
  await cancelAccount(agency.accountId);
  const other = await billing.payer();
  await billing.partner(agency.accountId, other.accountId);
  const start = { accountId: other.accountId, profileId: agency.profile.id, ...PLUS };
  const refused = await billing.ask('subscriptionCreateQuote', start, agency.viewer);
  expect(refused.userErrors).toMatchObject([{ code: 'ACCOUNT_CANCELLED', field: ['input', 'profileId'] }]);
  expect(
    codes(await billing.ask('subscriptionChangeQuote', { accountId, plan: 'PROFESSIONAL' }, agency.viewer)),
  ).toEqual(['ACCOUNT_CANCELLED']);
  // What it paid for may still become less.
  expect(codes(await billing.ask('subscriptionChangeQuote', { accountId, plan: 'STARTER' }, agency.viewer))).toEqual(
    [],
  );
});

test('A53 what a cancelled account still has can be renewed and made less, not more', async () => {
  const client = await billing.payer();
  const { accountId, viewer, profile } = client;
  await billing.done('subscriptionCreateQuote', { accountId, profileId: profile.id, ...PLUS }, viewer);
  const up = { accountId, plan: 'PROFESSIONAL' };
  const { token } = await billing.quoted('subscriptionChangeQuote', up, viewer);
  await cancelAccount(accountId);
  // Before billing has been told to end it, too.
  expect(codes(await billing.ask('subscriptionChangeQuote', up, viewer))).toEqual(['ACCOUNT_CANCELLED']);
  expect((await billing.commit(token, viewer)).userErrors).toMatchObject([{ code: 'QUOTE_NOT_POSSIBLE', rule: 'A61' }]);
  expect(await subscriptionEnds(accountId)).toBeUndefined();
  expect((await billing.subscriptionOf(accountId, viewer)).status).toBe('CANCELLED');
  await billing.done('subscriptionRenewQuote', { accountId }, viewer);
  expect((await billing.subscriptionOf(accountId, viewer)).status).toBe('ACTIVE');
  for (const more of [{ plan: 'PROFESSIONAL' }, { frequency: 'ANNUAL' }, { contacts: 2500 }])
    expect(codes(await billing.ask('subscriptionChangeQuote', { accountId, ...more }, viewer))).toEqual([
      'ACCOUNT_CANCELLED',
    ]);
  await billing.done('subscriptionChangeQuote', { accountId, plan: 'STARTER' }, viewer);
});

test('A61 a first subscription whose card was being charged when the account was cancelled is cancelled with it', async () => {
  const client = await billing.payer({ token: 'tok_needs_action' });
  const { accountId, viewer, profile } = client;
  const asked = { accountId, profileId: profile.id, ...PLUS };
  const { token } = await billing.quoted('subscriptionCreateQuote', asked, viewer);
  const key = newId();
  expect(codes(await billing.commit(token, viewer, key))).toEqual(['PAYMENT_NEEDS_ACTION']);
  await cancelAccount(accountId);
  // The job of accounts asks again until it is through.
  expect(await subscriptionEnds(accountId)).toBe('SERVICE_UNAVAILABLE');
  const { rows } = await billing.admin.query('select id from payment where profile_id = $1', [profile.id]);
  billing.provider.confirm(rows[0].id);
  await collect(billing.deps, rows[0].id);
  expect((await billing.commit(token, viewer, key)).quote.state).toBe('COMMITTED');
  expect(await subscriptionEnds(accountId)).toBeUndefined();
  expect((await billing.subscriptionOf(accountId, viewer)).status).toBe('CANCELLED');
});
