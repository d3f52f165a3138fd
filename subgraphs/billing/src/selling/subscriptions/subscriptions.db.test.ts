import { newId } from '@comptoir/shared/values/uuid.ts';
import { personViewer, serviceViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { at, codes, PLUS, type SubscriptionFixture, startSubscriptions } from '../../testing/subscriptionFixture.ts';

let billing: SubscriptionFixture;
beforeAll(async () => {
  billing = await startSubscriptions();
});
afterAll(() => billing.stop());
beforeEach(() => at(billing, '2026-11-01T10:00:00.000Z'));

const TRIAL = { priceVersion: 'V1', product: 'EM', plan: 'TRIAL' };
const SANDBOX = { ...TRIAL, plan: 'SANDBOX' };

/** A payer that has PLUS for a month, from 1 November, at 49.00 EUR (30 days), without tax unless asked for. */
async function subscribed(of: Parameters<SubscriptionFixture['payer']>[0] = {}) {
  const payer = await billing.payer({ taxBasisPoints: 0, ...of });
  const { accountId, viewer, profile } = payer;
  await billing.done('subscriptionCreateQuote', { accountId, profileId: profile.id, ...PLUS }, viewer);
  return payer;
}
const allowed = (subscription: { availableActions: { action: string; allowed: boolean }[] }): string[] =>
  subscription.availableActions.filter((one) => one.allowed).map(({ action }) => action);
const kinds = (subscription: { history: { nodes: { kind: string }[] } }): string[] =>
  subscription.history.nodes.map(({ kind }) => kind);

test('A58 A62 up costs the difference of the days that are left, down gives it back, up then down loses no cent', async () => {
  const { accountId, viewer, profile } = await subscribed({ taxBasisPoints: 2_000 });
  at(billing, '2026-11-11T10:00:00.000Z');
  const up = await billing.done('subscriptionChangeQuote', { accountId, plan: 'PROFESSIONAL' }, viewer);
  // 20 of 30 days at 79.00 instead of 49.00.
  expect(up).toMatchObject({
    direction: 'UPGRADE',
    prorated: { amount: '20.00' },
    perCycle: { amount: '79.00' },
    taxToday: { amount: '4.00' },
  });
  expect(up.lines.map(({ kind }: { kind: string }) => kind)).toEqual(['UNUSED', 'PLAN']);
  const down = await billing.done('subscriptionChangeQuote', { accountId, plan: 'PLUS' }, viewer);
  expect(down).toMatchObject({
    direction: 'DOWNGRADE',
    prorated: { amount: '-20.00' },
    chargedToday: { amount: '0.00' },
    invoice: { kind: 'CREDIT_NOTE', net: { amount: '20.00' }, tax: { amount: '4.00' }, gross: { amount: '24.00' } },
  });
  expect(await billing.prepaidOf(profile)).toEqual({ '': 2_400 });
  expect(kinds(await billing.subscriptionOf(accountId, viewer))).toEqual(['DOWNGRADED', 'UPGRADED', 'CREATED']);
  expect(await billing.problems()).toEqual([]);
});

test('A23 another frequency begins a new cycle today and gives back what is unused', async () => {
  const { accountId, viewer } = await subscribed();
  at(billing, '2026-11-16T10:00:00.000Z');
  const quote = await billing.done('subscriptionChangeQuote', { accountId, frequency: 'ANNUAL' }, viewer);
  expect(quote).toMatchObject({ direction: 'CHANGE', prorated: { amount: '465.50' }, perCycle: { amount: '490.00' } });
  expect(await billing.subscriptionOf(accountId, viewer)).toMatchObject({
    anchor: '2026-11-16',
    periodTo: '2027-11-16',
    terms: { frequency: 'ANNUAL' },
  });
});

test('A24 A25 limits and add-ons: CUSTOM wants its value, PIPELINES only from PLUS, what is left out stays', async () => {
  const { accountId, viewer } = await subscribed();
  const ask = (input: object) => billing.ask('subscriptionChangeQuote', { accountId, ...input }, viewer);
  expect(codes(await ask({ limits: [{ item: 'ACTIVITIES', custom: true }] }))).toEqual(['CUSTOM_VALUE_MISSING']);
  expect(codes(await ask({ plan: 'STARTER', addOns: ['PIPELINES'] }))).toEqual(['ADD_ON_NOT_OFFERED']);
  expect(codes(await ask({ limits: [{ item: 'no such\0', value: 1 }] }))).toEqual(['LIMIT_UNKNOWN']);
  expect(codes(await ask({}))).toEqual(['NOTHING_TO_CHANGE']);
  const more = { addOns: ['PIPELINES'], limits: [{ item: 'ACTIVITIES', value: 31_000, custom: true }] };
  const quote = await billing.done('subscriptionChangeQuote', { accountId, ...more }, viewer);
  // 2 started steps of 5,000 at 3.50, and 19.00 for PIPELINES.
  expect(quote).toMatchObject({ prorated: { amount: '26.00' }, perCycle: { amount: '75.00' } });
  await billing.done('subscriptionChangeQuote', { accountId, contacts: 2500 }, viewer);
  const after = await billing.subscriptionOf(accountId, viewer);
  expect(after.terms).toMatchObject({ contacts: 2500, addOns: ['PIPELINES'] });
  expect(after.terms.limits).toContainEqual({ item: 'ACTIVITIES', value: 31_000, custom: true });
  expect(after.perCycle).toEqual({ amount: '121.00' });
});

test('A51 A52 an expired trial becomes paid by a change to V3, and has one free renewal of two weeks before', async () => {
  const { accountId, viewer, profile } = await billing.payer();
  const trial = await billing.done('subscriptionCreateQuote', { accountId, ...TRIAL }, viewer);
  expect(trial).toMatchObject({ listValue: null, chargedToday: null, invoice: null });
  expect(await billing.subscriptionOf(accountId, viewer)).toMatchObject({ endsOn: '2026-11-15', renewsOn: null });
  expect(codes(await billing.ask('subscriptionRenewQuote', { accountId }, viewer))).toEqual(['RENEWS_BY_ITSELF']);

  at(billing, '2026-11-15T00:00:00.000Z');
  expect(codes(await billing.ask('subscriptionChangeQuote', { accountId, ...PLUS }, viewer))).toEqual([
    'RENEWAL_PENDING',
  ]);
  await billing.renew();
  const expired = await billing.subscriptionOf(accountId, viewer);
  expect(expired).toMatchObject({ status: 'EXPIRED', endsOn: null });
  expect(allowed(expired)).toEqual(['CHANGE', 'RENEW']);
  await billing.done('subscriptionRenewQuote', { accountId }, viewer);
  expect(await billing.subscriptionOf(accountId, viewer)).toMatchObject({ status: 'ACTIVE', endsOn: '2026-11-29' });

  at(billing, '2026-11-30T09:00:00.000Z');
  await billing.renew();
  expect(codes(await billing.ask('subscriptionRenewQuote', { accountId }, viewer))).toEqual(['TRIAL_RENEWED_ONCE']);
  expect(codes(await billing.ask('subscriptionCreateQuote', { accountId, ...TRIAL }, viewer))).toEqual(['TRIAL_ONCE']);
  expect(codes(await billing.ask('subscriptionChangeQuote', { accountId, ...PLUS }, viewer))).toEqual([
    'PROFILE_MISSING',
  ]);
  const paid = { accountId, profileId: profile.id, ...PLUS };
  expect(await billing.done('subscriptionChangeQuote', paid, viewer)).toMatchObject({ direction: 'UPGRADE' });
  const after = await billing.subscriptionOf(accountId, viewer);
  expect(after).toMatchObject({
    status: 'ACTIVE',
    terms: { kind: 'PAID' },
    anchor: '2026-11-30',
    renewsOn: '2026-12-30',
  });
  expect(kinds(after)).toEqual(['UPGRADED', 'EXPIRED', 'TRIAL_EXTENDED', 'EXPIRED', 'CREATED']);
});

test('A57 F01 a sandbox never becomes paid, and what is paid never becomes free', async () => {
  const { accountId, viewer, profile } = await billing.payer();
  await billing.done('subscriptionCreateQuote', { accountId, ...SANDBOX }, viewer);
  const change = { accountId, profileId: profile.id, ...PLUS };
  const refused = await billing.ask('subscriptionChangeQuote', change, viewer);
  expect(refused.userErrors).toMatchObject([{ code: 'SANDBOX_STAYS_FREE', rule: 'A57' }]);
  at(billing, '2027-02-01T00:00:00.000Z');
  await billing.renew();
  expect(await billing.subscriptionOf(accountId, viewer)).toMatchObject({ status: 'ACTIVE', periodFrom: '2027-02-01' });
  await billing.ask('subscriptionCancel', { accountId, reason: 'Tried out' }, viewer);
  at(billing, '2027-03-02T00:00:00.000Z');
  await billing.renew();
  expect(codes(await billing.ask('subscriptionCreateQuote', change, viewer))).toEqual(['SANDBOX_STAYS_FREE']);

  at(billing, '2026-11-01T10:00:00.000Z');
  const other = await subscribed();
  const free = { accountId: other.accountId, ...TRIAL };
  expect(codes(await billing.ask('subscriptionChangeQuote', free, other.viewer))).toEqual(['PAID_STAYS_PAID']);
});

test('A61 A53 A55 what is cancelled runs to its end, goes on when renewed before, and takes a new plan after', async () => {
  const { accountId, viewer, profile } = await subscribed();
  expect(codes(await billing.ask('subscriptionCancel', { accountId, reason: ' x ' }, viewer))).toEqual([
    'REASON_NOT_READABLE',
  ]);
  const { subscription } = await billing.ask('subscriptionCancel', { accountId, reason: 'Too dear' }, viewer);
  expect(subscription).toMatchObject({ status: 'CANCELLED', endsOn: '2026-12-01', renewsOn: null });
  expect(subscription.availableActions).toContainEqual({
    action: 'RENEW',
    allowed: true,
    rule: null,
    deadline: '2026-12-01T00:00:00.000Z',
  });
  expect(codes(await billing.ask('subscriptionCancel', { accountId, reason: 'Too dear' }, viewer))).toEqual([
    'ALREADY_CANCELLED',
  ]);
  expect(codes(await billing.ask('subscriptionChangeQuote', { accountId, contacts: 2500 }, viewer))).toEqual([
    'SUBSCRIPTION_CANCELLED',
  ]);

  const resumed = await billing.done('subscriptionRenewQuote', { accountId }, viewer);
  expect(resumed).toMatchObject({ perCycle: { amount: '49.00' }, chargedToday: { amount: '0.00' }, invoice: null });
  expect(await billing.subscriptionOf(accountId, viewer)).toMatchObject({
    status: 'ACTIVE',
    renewsOn: '2026-12-01',
    cancelledAt: null,
  });

  await billing.ask('subscriptionCancel', { accountId, reason: 'Too dear after all' }, viewer);
  at(billing, '2026-12-01T00:00:00.000Z');
  expect(codes(await billing.ask('subscriptionRenewQuote', { accountId }, viewer))).toEqual(['RENEWAL_PENDING']);
  await billing.renew();
  const late = await billing.ask('subscriptionRenewQuote', { accountId }, viewer);
  expect(late.userErrors).toMatchObject([{ code: 'NEW_PLAN_NEEDED', rule: 'A55' }]);
  await billing.done('subscriptionCreateQuote', { accountId, profileId: profile.id, ...PLUS }, viewer);
  expect(await billing.subscriptionOf(accountId, viewer)).toMatchObject({ status: 'ACTIVE', anchor: '2026-12-01' });
  expect(await billing.invoicesOf(accountId)).toHaveLength(2);
});

test('A61 an account that is cancelled: its subscription ends with what is paid, told as often as accounts likes', async () => {
  const { accountId, viewer } = await subscribed();
  const send = (by: Parameters<typeof billing.execute>[2], id = accountId) =>
    billing.execute(
      'mutation ($input: InternalSubscriptionCancelInput!) { internalSubscriptionCancel(input: $input) { accountId } }',
      { input: { accountId: id } },
      by,
    );
  for (const id of [accountId, accountId, newId()])
    expect((await send(serviceViewer('accounts'), id)).errors).toBeUndefined();
  expect((await send(viewer)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  const after = await billing.subscriptionOf(accountId, viewer);
  expect(after).toMatchObject({ status: 'CANCELLED' });
  expect(kinds(after)).toEqual(['CANCELLED', 'CREATED']);
});

test('A11 disable and enable; A36 who pays is chosen, in the same currency, within reach', async () => {
  const { accountId, viewer } = await subscribed();
  expect((await billing.ask('subscriptionDisable', { accountId }, viewer)).subscription.disabledAt).toEqual(
    expect.any(String),
  );
  expect(codes(await billing.ask('subscriptionDisable', { accountId }, viewer))).toEqual(['ALREADY_DISABLED']);
  expect((await billing.ask('subscriptionEnable', { accountId }, viewer)).subscription.disabledAt).toBeNull();
  expect(codes(await billing.ask('subscriptionEnable', { accountId }, viewer))).toEqual(['NOT_DISABLED']);

  const choose = (profileId: string, by = viewer) => billing.ask('billingProfileChoose', { accountId, profileId }, by);
  const dollars = await billing.payer({ accountId, currency: 'USD' });
  expect(codes(await choose(dollars.profile.id))).toEqual(['CURRENCY_MISMATCH']);
  const agency = await billing.payer();
  expect(codes(await choose(agency.profile.id))).toEqual(['PROFILE_NOT_FOUND']);
  expect(codes(await choose(agency.profile.id, agency.viewer))).toEqual(['ACCOUNT_NOT_FOUND']);
  await billing.partner(agency.accountId, accountId);
  expect((await choose(agency.profile.id, agency.viewer)).subscription.profile).toEqual({ id: agency.profile.id });
  // A41: what it costs is from then on the partner's business; the running cycle stays who paid it.
  const seen = await billing.subscriptionOf(accountId, viewer);
  expect(seen).toMatchObject({ perCycle: null, profile: null, terms: { plan: 'PLUS' } });
  expect(await billing.subscriptionOf(accountId, agency.viewer)).toMatchObject({ perCycle: { amount: '49.00' } });
  const down = await billing.done('subscriptionChangeQuote', { accountId, plan: 'STARTER' }, agency.viewer);
  expect(down.invoice).toMatchObject({ kind: 'CREDIT_NOTE', net: { amount: '34.00' } });
  expect(await billing.prepaidOf(agency.profile)).toEqual({});
});

test('a foreign subscription looks absent, by id, by account and by action', async () => {
  const { accountId, viewer } = await subscribed();
  const stranger = personViewer({ accountId: newId() });
  const { id } = await billing.subscriptionOf(accountId, viewer);
  expect(await billing.subscriptionOf(accountId, stranger)).toBeNull();
  const { data } = await billing.execute('query ($id: ID!) { subscription(id: $id) { id } }', { id }, stranger);
  expect(data).toEqual({ subscription: null });
  for (const [operation, input] of [
    ['subscriptionCancel', { accountId, reason: 'Not mine' }],
    ['subscriptionDisable', { accountId }],
    ['subscriptionEnable', { accountId: 'nonsense' }],
    ['subscriptionRenewQuote', { accountId }],
    ['subscriptionChangeQuote', { accountId }],
  ] as const) {
    expect(codes(await billing.ask(operation, input, stranger))).toEqual(['ACCOUNT_NOT_FOUND']);
  }
});

test('an account that nobody opened is not subscribed, not even by staff', async () => {
  const staff = personViewer({ accountId: newId(), role: 'STAFF' });
  expect(codes(await billing.ask('subscriptionCreateQuote', { accountId: newId(), ...TRIAL }, staff))).toEqual([
    'ACCOUNT_NOT_FOUND',
  ]);
});

test('A58 two that subscribe at once: one does, the other is refused and not charged', async () => {
  const { accountId, viewer, profile } = await billing.payer();
  const asked = { accountId, profileId: profile.id, ...PLUS };
  const quotes = await Promise.all([0, 1].map(() => billing.quoted('subscriptionCreateQuote', asked, viewer)));
  const answers = await Promise.all(quotes.map(({ token }) => billing.commit(token, viewer)));
  expect(answers.flatMap(codes)).toEqual(['QUOTE_NOT_POSSIBLE']);
  expect(await billing.invoicesOf(accountId)).toHaveLength(1);
  expect(await billing.problems()).toEqual([]);
});
