import { inspect } from 'node:util';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type StripeStandIn, startStripeStandIn } from '../../testing/stripeStandIn.ts';
import type { ChargeAsked, PaymentProvider, StoredCard } from './provider.ts';
import { stripeAmount } from './stripeAmount.ts';
import { stripeProvider } from './stripeProvider.ts';

let stripe: StripeStandIn;
let provider: PaymentProvider;
beforeEach(async () => {
  stripe = await startStripeStandIn();
  provider = stripeProvider({
    secretKey: 'sk_test_stand_in',
    returnUrl: 'http://localhost:4000',
    apiBase: stripe.url,
    timeoutMs: 30_000,
  });
});
afterEach(() => stripe.stop());

async function cardOf(token: string): Promise<StoredCard> {
  const card = await provider.storeCard({ profileId: newId(), token, email: 'billing@agency.example' });
  if ('decline' in card) throw new Error(`${token}: ${card.decline}`);
  return card;
}

async function asked(token: string, of: Partial<ChargeAsked> = {}): Promise<ChargeAsked> {
  const { customer, method } = await cardOf(token);
  const amount = { minor: 1230n, currency: 'EUR' };
  return { paymentId: newId(), customer, method, amount, description: 'Invoice F2026-000001', present: false, ...of };
}

const intent = expect.stringMatching(/^pi_/);

test('A38 a card is stored by its token: the same profile and token give the same card, an unknown token and a refused card say so', async () => {
  const profileId = newId();
  const card = await provider.storeCard({ profileId, token: 'pm_approved', email: null });
  expect(card).toEqual({
    customer: expect.stringMatching(/^cus_/),
    method: 'pm_approved',
    brand: 'visa',
    lastFour: '4242',
    expiryMonth: 12,
    expiryYear: 2031,
  });
  expect(await provider.storeCard({ profileId, token: 'pm_approved', email: null })).toEqual(card);
  expect(await provider.storeCard({ profileId: newId(), token: 'tok_approved_2', email: null })).toMatchObject({
    method: 'pm_approved_2',
  });
  expect(await provider.storeCard({ profileId, token: 'pm_nonsense', email: null })).toEqual({
    decline: 'TOKEN_UNKNOWN',
  });
  expect(await provider.storeCard({ profileId, token: 'pm_rejected', email: null })).toEqual({
    decline: 'CARD_DECLINED',
  });
  await provider.removeCard(card as StoredCard);
  await provider.removeCard(card as StoredCard);
  expect(stripe.requests.filter((request) => request.endsWith('/detach'))).toHaveLength(1);
});

test.each<{ token: string; outcome: { outcome: string } }>`
  token                | outcome
  ${'pm_approved'}     | ${{ outcome: 'APPROVED', reference: intent }}
  ${'pm_declined'}     | ${{ outcome: 'DECLINED', decline: 'CARD_DECLINED', reference: intent }}
  ${'pm_insufficient'} | ${{ outcome: 'DECLINED', decline: 'INSUFFICIENT_FUNDS', reference: intent }}
  ${'pm_expired'}      | ${{ outcome: 'DECLINED', decline: 'CARD_EXPIRED', reference: intent }}
`('a charge of $token ends as $outcome.outcome, again, and when it is looked for', async ({ token, outcome }) => {
  const charge = await asked(token);
  expect(await provider.charge(charge)).toEqual(outcome);
  expect(await provider.charge(charge)).toEqual(outcome);
  expect(await provider.find(charge)).toEqual(outcome);
  expect(await provider.cancel(charge)).toEqual(outcome);
  expect(stripe.charged).toEqual(outcome.outcome === 'APPROVED' ? [`1230 eur ${charge.paymentId}`] : []);
});

test.each<{ path: string; mishap: 'REQUEST_LOST' | 'ANSWER_LOST' | 'BREAKS' }>`
  path                  | mishap            | title
  ${'/payment_intents'} | ${'REQUEST_LOST'} | ${'the creation never arrives'}
  ${'/payment_intents'} | ${'ANSWER_LOST'}  | ${'the answer to the creation is lost'}
  ${'/confirm'}         | ${'REQUEST_LOST'} | ${'the confirmation never arrives'}
  ${'/confirm'}         | ${'ANSWER_LOST'}  | ${'the answer to the confirmation is lost'}
  ${'/confirm'}         | ${'BREAKS'}       | ${'Stripe breaks after charging'}
`('$title: the outcome is unknown, and following it up charges once', async ({ path, mishap }) => {
  const charge = await asked('pm_approved');
  stripe.next(path, mishap);
  await expect(provider.charge(charge)).rejects.toThrow();
  const outcome = (await provider.find(charge)) ?? (await provider.charge(charge));
  expect(outcome).toEqual({ outcome: 'APPROVED', reference: intent });
  expect(await provider.find(charge)).toEqual(outcome);
  expect(stripe.charged).toEqual([`1230 eur ${charge.paymentId}`]);
});

/** The id of a payment that was recorded more than a day ago. */
function old(): string {
  const time = (Date.now() - 25 * 3_600_000).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}${newId().slice(13)}`;
}

test('a day later, when Stripe may have forgotten the keys, a payment is looked for by search, and nothing is charged for one that never was', async () => {
  const charge = await asked('pm_approved', { paymentId: old() });
  stripe.next('/confirm', 'ANSWER_LOST');
  await expect(provider.charge(charge)).rejects.toThrow();
  stripe.forgetKeys();
  expect(await provider.find(charge)).toEqual({ outcome: 'APPROVED', reference: intent });
  const never = { ...charge, paymentId: old() };
  expect(await provider.find(never)).toBeNull();
  expect(await provider.cancel(never)).toEqual({ outcome: 'CANCELLED' });
  expect(stripe.charged).toHaveLength(1);
});

test('recorded a day ago and asked for only now, after an outage: it is found by its key where search lags, and never taken for one that was not charged', async () => {
  const charge = await asked('pm_approved', { paymentId: old() });
  stripe.lagSearch();
  stripe.next('/confirm', 'ANSWER_LOST');
  await expect(provider.charge(charge)).rejects.toThrow();
  expect(await provider.find(charge)).toEqual({ outcome: 'APPROVED', reference: intent });
  expect(await provider.cancel(charge)).toEqual({ outcome: 'APPROVED', reference: intent });
  expect(stripe.charged).toHaveLength(1);
});

test.each<{ minor: bigint; currency: string; charge: string }>`
  minor                 | currency | charge
  ${1_234n}             | ${'KWD'} | ${'DECLINED'}
  ${9_000_000_000n}     | ${'EUR'} | ${'DECLINED'}
  ${9_000_000_000_000n} | ${'XAU'} | ${'DECLINED'}
  ${1_000n}             | ${'BTN'} | ${'unknown'}
`(
  '$minor of $currency, which Stripe cannot charge, is $charge and can be ended: nothing waits for it for ever',
  async ({ minor, currency, charge }) => {
    const never = await asked('pm_approved', { amount: { minor, currency } });
    const outcome = await provider.charge(never).then(
      (said) => said.outcome,
      () => 'unknown',
    );
    expect(outcome).toBe(charge);
    expect(await provider.find(never)).toBeNull();
    expect(await provider.cancel(never)).toEqual({ outcome: 'CANCELLED' });
    expect(stripe.charged).toEqual([]);
  },
);

test.each([true, false])(
  'the bank wants to ask its customer, who is there: %s. Confirmed, it is approved',
  async (present) => {
    const charge = await asked('pm_needs_action', { present });
    const waits = await provider.charge(charge);
    expect(waits).toEqual({
      outcome: 'NEEDS_ACTION',
      actionUrl: expect.stringContaining('https://bank.example/'),
      reference: intent,
    });
    expect(await provider.find(charge)).toEqual(waits);
    stripe.confirm((waits as { actionUrl: string }).actionUrl);
    expect(await provider.find(charge)).toEqual({ outcome: 'APPROVED', reference: intent });
    expect(await provider.cancel(charge)).toEqual({ outcome: 'APPROVED', reference: intent });
    expect(stripe.charged).toHaveLength(1);
  },
);

test('the cardholder refuses: declined. Killed between the two confirmations: asked again, it needs the action', async () => {
  const refused = await asked('pm_needs_action', { present: true });
  const waits = await provider.charge(refused);
  stripe.refuse((waits as { actionUrl: string }).actionUrl);
  expect(await provider.find(refused)).toMatchObject({ outcome: 'DECLINED' });

  const halfway = await asked('pm_needs_action_2');
  stripe.next('/confirm', 'ANSWER_LOST');
  await expect(provider.charge(halfway)).rejects.toThrow();
  expect(await provider.find(halfway)).toBeNull();
  expect(await provider.charge(halfway)).toMatchObject({ outcome: 'NEEDS_ACTION' });
});

test('a payment that is ended is not charged any more, however late its request comes', async () => {
  const charge = await asked('pm_approved');
  expect(await provider.cancel(charge)).toEqual({ outcome: 'CANCELLED' });
  expect(await provider.cancel(charge)).toEqual({ outcome: 'CANCELLED' });
  expect(await provider.charge(charge)).toEqual({ outcome: 'CANCELLED' });
  const waiting = await asked('pm_needs_action', { present: true });
  await provider.charge(waiting);
  expect(await provider.cancel(waiting)).toEqual({ outcome: 'CANCELLED' });
  expect(await provider.find(waiting)).toEqual({ outcome: 'CANCELLED' });
  expect(stripe.charged).toEqual([]);
});

test('what is thrown may be logged: it says what Stripe says, and none of its secrets', async () => {
  const charge = await asked('pm_approved');
  const other = { ...charge, description: 'Another one under the same id' };
  await provider.charge(charge);
  const error = await provider.charge(other).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(String(error)).toMatch(/Stripe: StripeIdempotencyError, .*same parameters/);
  const waiting = await asked('pm_approved_3');
  stripe.next('/confirm', 'BREAKS');
  const broken = await provider.charge(waiting).catch((thrown: unknown) => thrown);
  expect(String(broken)).toContain('StripeAPIError');
  expect(inspect([error, broken], { depth: 10, showHidden: true })).not.toMatch(/pi_secret|sk_test|4242/);
});

test('what can never be charged is declined: a card that was removed, an amount below the least', async () => {
  const removed = await asked('pm_approved');
  await provider.removeCard(removed);
  expect(await provider.charge(removed)).toEqual({ outcome: 'DECLINED', decline: 'CARD_DECLINED', reference: null });
  const tiny = await asked('pm_approved_2', { amount: { minor: 49n, currency: 'EUR' } });
  expect(await provider.charge(tiny)).toMatchObject({ outcome: 'DECLINED' });
});

test('a wrong key or a server that is away or that never answers has an unknown outcome', async () => {
  const charge = await asked('pm_approved');
  const wrong = stripeProvider({ secretKey: 'sk_test_other', returnUrl: 'http://localhost:4000', apiBase: stripe.url });
  await expect(wrong.charge(charge)).rejects.toThrow('Invalid API Key');
  await expect(wrong.find(charge)).rejects.toThrow();
  const options = { secretKey: 'sk_test_stand_in', returnUrl: 'http://localhost:4000', apiBase: stripe.url };
  stripe.next('/confirm', 'HANGS');
  await expect(stripeProvider({ ...options, timeoutMs: 2_000 }).charge(charge)).rejects.toThrow();
  expect(await provider.find(charge)).toMatchObject({ outcome: 'APPROVED' });
  await stripe.stop();
  await expect(provider.charge(charge)).rejects.toThrow();
});

test.each<{ minor: number; currency: string; amount: number }>`
  minor   | currency | amount
  ${1230} | ${'EUR'} | ${1230}
  ${500}  | ${'JPY'} | ${500}
  ${500}  | ${'ISK'} | ${50000}
  ${1230} | ${'KWD'} | ${1230}
`('Stripe counts $minor of the smallest unit of $currency as $amount', ({ minor, currency, amount }) => {
  expect(stripeAmount({ minor: BigInt(minor), currency })).toBe(amount);
});

test('what Stripe cannot express is refused, not rounded', () => {
  expect(() => stripeAmount({ minor: 1234n, currency: 'KWD' })).toThrow(RangeError);
});
