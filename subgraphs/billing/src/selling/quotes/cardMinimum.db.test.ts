import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { dueAttempts } from '../../collecting/payments/dunning.ts';
import { expectSound } from '../../testing/invoiceFixture.ts';
import { at, PLUS, type SubscriptionFixture, startSubscriptions } from '../../testing/subscriptionFixture.ts';
import { commitAsSystem } from './commitAsSystem.ts';

type Answer = any;

let billing: SubscriptionFixture;
beforeAll(async () => {
  billing = await startSubscriptions();
});
afterAll(async () => {
  await expectSound(billing);
  await billing.stop();
});
beforeEach(() => at(billing, '2026-11-01T10:00:00.000Z'));

/** Half a percent of tax: on 49.00 EUR it is 0.25, which no card is charged. */
const payer = (of: { token?: string | null; currency?: string } = {}) => billing.payer({ taxBasisPoints: 50, ...of });

test('A64 where the tax alone is too little for a card, prepaid money pays it too, and quote, invoice and ledger agree', async () => {
  const { accountId, viewer, profile } = await payer({ token: null });
  await billing.topUp(profile, 10_000n);
  const quote = await billing.done('subscriptionCreateQuote', { accountId, profileId: profile.id, ...PLUS }, viewer);
  expect(quote).toMatchObject({
    prorated: { amount: '49.00' },
    prepaidApplied: { amount: '49.25' },
    dueToday: { amount: '0.00' },
    taxToday: { amount: '0.25' },
    chargedToday: { amount: '0.00' },
    payment: null,
    invoice: { net: { amount: '49.00' }, tax: { amount: '0.25' }, outstanding: { amount: '0.00' } },
  });
  expect(await billing.prepaidOf(profile)).toEqual({ '': 5_075 });
});

test('A64 where prepaid money does not pay it all, the quote is refused, says why and what to do; and that helps', async () => {
  const { accountId, viewer, profile } = await payer();
  await billing.topUp(profile, 4_900n);
  const asked = { accountId, profileId: profile.id, ...PLUS };
  const { quote, userErrors } = await billing.ask('subscriptionCreateQuote', asked, viewer);
  expect(quote).toBeNull();
  expect(userErrors).toEqual([
    {
      code: 'CARD_MINIMUM',
      rule: 'A64',
      field: ['input'],
      message:
        'A card cannot be charged less than 0.50 EUR. Beside 49.00 EUR of prepaid money there would be left 0.25 EUR, tax included: pay in prepaid money that covers all of it first.',
    },
  ]);
  const more = { profileId: profile.id, amount: { amount: '0.50', currency: 'EUR' } };
  await billing.done('prepaidBuyQuote', more, viewer);
  await billing.done('subscriptionCreateQuote', asked, viewer);
  expect(await billing.prepaidOf(profile)).toEqual({ '': 25 });
});

test('A41 A64 how much prepaid money its partner has is not told to a client whose plan the partner would pay', async () => {
  const agency = await payer();
  const client = await payer();
  await billing.partner(agency.accountId, client.accountId);
  await billing.topUp(agency.profile, 4_900n);
  const { accountId } = client;
  const trial = { accountId, profileId: agency.profile.id, priceVersion: 'V1', product: 'EM', plan: 'TRIAL' };
  await billing.done('subscriptionCreateQuote', trial, agency.viewer);
  const asked = { accountId, ...PLUS };
  expect((await billing.ask('subscriptionChangeQuote', asked, agency.viewer)).userErrors).toMatchObject([
    { code: 'CARD_MINIMUM' },
  ]);
  const { quote, userErrors } = await billing.ask('subscriptionChangeQuote', asked, client.viewer);
  expect(quote).toBeNull();
  expect(userErrors).toMatchObject([{ code: 'PROFILE_NOT_FOUND', rule: 'A41' }]);
  expect(JSON.stringify(userErrors)).not.toContain('49.00');
});

test.each<Record<'currency' | 'little' | 'enough', string>>`
  currency | little    | enough
  ${'EUR'} | ${'0.49'} | ${'0.50'}
  ${'GBP'} | ${'0.29'} | ${'0.30'}
  ${'JPY'} | ${'49'}   | ${'50'}
  ${'HUF'} | ${'174'}  | ${'175'}
`('A64 $little $currency cannot be paid in by card, $enough can', async ({ currency, little, enough }) => {
  const { viewer, profile } = await payer({ currency });
  const asked = (amount: string) => ({ profileId: profile.id, amount: { amount, currency } });
  expect(await billing.ask('prepaidBuyQuote', asked(little), viewer)).toMatchObject({
    quote: null,
    userErrors: [{ code: 'CARD_MINIMUM', field: ['input', 'amount'] }],
  });
  await billing.done('prepaidBuyQuote', asked(enough), viewer);
});

test('A64 a quote whose prepaid money was spent meanwhile is refused when it is committed, and the card is not asked', async () => {
  const { accountId, viewer, profile } = await payer();
  await billing.topUp(profile, 5_000n);
  const { token } = await billing.quoted(
    'subscriptionCreateQuote',
    { accountId, profileId: profile.id, ...PLUS },
    viewer,
  );
  const [{ id: packId }] = (
    await billing.admin.query(`select id from credit_pack where kind = 'TRACKER' and credits = 100`)
  ).rows;
  // 9.00, of which the tax of 0.05 is prepaid money's too: 40.95 is left.
  await billing.done('creditsBuyQuote', { profileId: profile.id, packId, quantity: 1 }, viewer);
  await billing.topUp(profile, 805n);
  expect((await billing.commit(token, viewer)).userErrors).toMatchObject([{ code: 'QUOTE_NOT_POSSIBLE', rule: 'A64' }]);
  const { rows } = await billing.admin.query('select from payment where profile_id = $1', [profile.id]);
  expect(rows).toEqual([]);
});

test('A37 a renewal keeps prepaid money back rather than that the card is charged less than it can be, and pays all of it where it can', async () => {
  const { accountId, viewer, profile } = await payer();
  await billing.done('subscriptionCreateQuote', { accountId, profileId: profile.id, ...PLUS }, viewer);
  await billing.topUp(profile, 4_900n);
  at(billing, '2026-12-01T10:00:00.000Z');
  await billing.renew();
  await billing.payOpen(accountId);
  expect(await billing.prepaidOf(profile)).toEqual({ '': 25 });
  await billing.topUp(profile, 5_000n);
  at(billing, '2027-01-01T10:00:00.000Z');
  await billing.renew();
  expect(await billing.prepaidOf(profile)).toEqual({ '': 100 });
  expect((await billing.invoicesOf(accountId)).map(({ gross, paid }) => [gross, paid])).toEqual(
    Array(3).fill([4_925, 4_925]),
  );
  const { rows } = await billing.admin.query(
    `select amount_minor::integer as amount, state from payment where profile_id = $1 order by created_at, id`,
    [profile.id],
  );
  expect(rows).toEqual([
    { amount: 4_925, state: 'APPROVED' },
    { amount: 50, state: 'APPROVED' },
  ]);
});

test('A64 N17 what is bought automatically keeps prepaid money back likewise: it does not stop for what is left for the card', async () => {
  const { profile } = await payer();
  await billing.topUp(profile, 880n);
  const [{ id: packId }] = (
    await billing.admin.query(`select id from credit_pack where kind = 'TRACKER' and credits = 100`)
  ).rows;
  const buy = {
    kind: 'CREDITS_BUY' as const,
    input: { profileId: profile.id, packId, quantity: 1 },
    reference: newId(),
    now: billing.clock.now(),
  };
  // 9.05 with tax; 0.25 would be left for the card.
  expect(await commitAsSystem(billing.deps, buy)).toMatchObject({ state: 'COMMITTED' });
  expect(await billing.prepaidOf(profile)).toEqual({ '': 25 });
  const { rows } = await billing.admin.query(
    'select amount_minor::integer as amount, state from payment where profile_id = $1',
    [profile.id],
  );
  expect(rows).toEqual([{ amount: 50, state: 'APPROVED' }]);
});

const PROFILE = `mutation ($input: BillingProfileCreateInput!) { billingProfileCreate(input: $input) { profile { id } userErrors { code message rule } } }`;
const PRICE = `mutation ($input: CreditPackPriceSetInput!) { creditPackPriceSet(input: $input) { userErrors { code } } }`;
const CREDIT = `mutation ($input: InvoiceCreditInput!) { invoiceCredit(input: $input) { userErrors { code message } } }`;

test('A36 nothing is sold in a currency of three decimals, whose last no card is charged', async () => {
  const { viewer } = await payer();
  const facts = { name: 'K', email: 'k@example.com', legalName: 'K', addressLines: ['1 rue'], country: 'FR' };
  const { data } = await billing.execute(PROFILE, { input: { ...facts, currency: 'KWD' } }, viewer);
  expect((data as Answer).billingProfileCreate).toEqual({
    profile: null,
    userErrors: [
      {
        code: 'CURRENCY_NOT_OFFERED',
        rule: 'A36',
        message:
          'KWD has 3 decimals, and cards cannot be charged the last of them: choose a currency with two or none.',
      },
    ],
  });
  const [{ id: packId }] = (await billing.admin.query('select id from credit_pack limit 1')).rows;
  const priced = await billing.execute(PRICE, { input: { packId, currency: 'KWD', amount: '9.000' } }, staffViewer());
  expect((priced.data as Answer).creditPackPriceSet.userErrors).toEqual([{ code: 'CURRENCY_NOT_OFFERED' }]);
});

test('A37 what is left of an invoice and too little for a card is not asked of one: prepaid money pays it once there is enough', async () => {
  const { accountId, viewer, profile } = await payer();
  await billing.done('subscriptionCreateQuote', { accountId, profileId: profile.id, ...PLUS }, viewer);
  await billing.admin.query(`update billing_profile set card_method = 'tok_declined' where id = $1`, [profile.id]);
  at(billing, '2026-12-01T10:00:00.000Z');
  await billing.renew();
  await billing.payOpen(accountId);
  const [{ id: invoiceId }] = (
    await billing.admin.query('select id from invoice where account_id = $1 order by issued_at desc limit 1', [
      accountId,
    ])
  ).rows;
  const input = {
    invoiceId,
    net: { amount: '48.90', currency: 'EUR' },
    description: 'For the trouble',
    idempotencyKey: newId(),
  };
  const credited = await billing.execute(CREDIT, { input }, staffViewer());
  expect((credited.data as Answer).invoiceCredit.userErrors).toEqual([]);
  const payments = async (): Promise<number> =>
    (await billing.admin.query('select from payment where profile_id = $1', [profile.id])).rowCount ?? 0;
  const owed = async (): Promise<number | undefined> => {
    const last = (await billing.invoicesOf(accountId)).filter(({ kind }) => kind === 'INVOICE').at(-1);
    return last && last.gross - last.paid;
  };
  const attempt = (day: string) => {
    at(billing, `2026-12-${day}T12:00:00.000Z`);
    return dueAttempts(billing.config).run(billing.work as JobContext, newId());
  };
  const before = await payments();
  expect(await attempt('02')).toBe(1);
  expect([await payments(), await owed()]).toEqual([before, 11]);
  await billing.topUp(profile, 100n);
  expect(await attempt('04')).toBe(1);
  expect([await payments(), await owed()]).toEqual([before, 0]);
  expect(await billing.prepaidOf(profile)).toMatchObject({ '': 89 });
});
