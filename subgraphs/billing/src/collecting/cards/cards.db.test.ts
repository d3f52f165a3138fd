import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { personViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Answer } from '../../testing/billingFixture.ts';
import { type PaymentFixture, startPayments } from '../../testing/paymentFixture.ts';
import { type StripeStandIn, startStripeStandIn } from '../../testing/stripeStandIn.ts';
import { collect } from '../payments/collect.ts';
import type { Payment } from '../payments/paymentTables.ts';
import type { PaymentProvider } from '../provider/provider.ts';
import { stripeProvider } from '../provider/stripeProvider.ts';
import { expiringCards } from './cardExpiry.ts';
import { cardRemoval } from './cardRemoval.ts';

const CARD = `mutation ($input: BillingProfileCardSetInput!) { billingProfileCardSet(input: $input) {
  profile { card { brand lastFour expiryMonth expiryYear } } userErrors { code } } }`;

/** The whole way with Stripe behind the port, as its stand-in speaks. */
let stripe: StripeStandIn;
let payments: PaymentFixture<PaymentProvider>;
beforeAll(async () => {
  stripe = await startStripeStandIn();
  const options = { secretKey: 'sk_test_stand_in', returnUrl: 'http://localhost:4000', apiBase: stripe.url };
  payments = await startPayments({ provider: stripeProvider(options), graph: true });
});
afterAll(async () => {
  await payments?.stop();
  await stripe?.stop();
});

const putCard = async (profileId: string, accountId: string, token: string): Promise<Answer> =>
  payments.execute(CARD, { input: { profileId, token } }, personViewer({ accountId }));

test('a card is put on by a token of the form, an invoice is charged to it, and a lost answer charges nothing twice', async () => {
  const profile = await payments.payer(null);
  const { data } = await putCard(profile.id, profile.accountId, 'pm_approved_1');
  expect(data.billingProfileCardSet).toEqual({
    profile: { card: { brand: 'visa', lastFour: '4242', expiryMonth: 12, expiryYear: 2031 } },
    userErrors: [],
  });
  const { invoice, payment } = await payments.collecting(await payments.again(profile));
  const { id } = payment as Payment;
  stripe.next('/confirm', 'ANSWER_LOST');
  expect(await collect(payments.deps, id)).toMatchObject({ state: 'PENDING' });
  expect(stripe.charged).toEqual([`12000 eur ${id}`]);
  payments.pass({ minutes: 1 });
  await payments.rounds();
  expect(await payments.payment(id)).toMatchObject({ state: 'APPROVED', reference: expect.stringMatching(/^pi_/) });
  expect(stripe.charged).toEqual([`12000 eur ${id}`]);
  expect(await payments.owed(invoice.id)).toBe(0);
});

test('a card that was replaced is removed at the provider, but not while a payment under way needs it', async () => {
  const profile = await payments.payer(null);
  await putCard(profile.id, profile.accountId, 'pm_approved_2');
  const { payment } = await payments.collecting(await payments.again(profile));
  await putCard(profile.id, profile.accountId, 'pm_approved_3');
  const { rows } = await payments.admin.query(
    `select id, data from billing_jobs.job where name = 'cardRemove' and data->>'method' = 'pm_approved_2'`,
  );
  expect(rows).toHaveLength(1);
  const remove = (): Promise<void> =>
    cardRemoval(payments.work as JobContext, payments.config)(rows[0].data, rows[0].id);
  await expect(remove()).rejects.toThrow('under way');
  await collect(payments.deps, (payment as Payment).id);
  await remove();
  await remove();
  const detached = stripe.requests.filter((request) => request.endsWith('/detach'));
  expect(detached).toEqual(['POST /v1/payment_methods/pm_approved_2/detach']);
});

test('a provider that is away stores no card, and says so without a trace', async () => {
  const profile = await payments.payer(null);
  stripe.next('/customers', 'REQUEST_LOST');
  const { errors } = await putCard(profile.id, profile.accountId, 'pm_approved_4');
  expect(errors[0].extensions.code).toBe('SERVICE_UNAVAILABLE');
  expect((await payments.again(profile)).card).toBeNull();
});

test('whose card ends within 30 days is told once, and again of the next card', async () => {
  const profile = await payments.payer('pm_approved_5');
  const expires = (month: number, year: number) =>
    payments.admin.query(
      'update billing_profile set card_expiry_month = $2, card_expiry_year = $3, card_told_at = null where id = $1',
      [profile.id, month, year],
    );
  const at = async (day: string) => {
    payments.clock.set(new Date(`${day}T12:00:00Z`));
    await expiringCards.run(payments.work as JobContext, newId());
    return (await payments.notices(profile.accountId)).map(
      ({ kind, params }) => `${kind} ${params.card} ${params.day}`,
    );
  };
  await expires(12, 2026);
  expect(await at('2026-12-01')).toEqual([]);
  const told = 'CARD_EXPIRES_SOON test 4242 2026-12-31';
  expect(await at('2026-12-02')).toEqual([told]);
  expect(await at('2026-12-30')).toEqual([told]);
  await expires(2, 2028);
  expect(await at('2028-02-10')).toEqual([told, 'CARD_EXPIRES_SOON test 4242 2028-02-29']);
});
