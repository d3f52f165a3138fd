import { newId } from '@comptoir/shared/values/uuid.ts';
import type { KeyViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Answer } from '../../testing/billingFixture.ts';
import { type PaymentFixture, startPayments } from '../../testing/paymentFixture.ts';
import { collect } from './collect.ts';
import type { Payment } from './paymentTables.ts';

const REFRESH = `mutation ($input: PaymentRefreshInput!) { paymentRefresh(input: $input) {
  payment { state actionUrl settledAt } userErrors { code field } } }`;
const PAYMENT = `query ($id: ID!) { payment(id: $id) {
  id purpose purposeId description state decline amount { amount currency } profile { id } } }`;
const LIST = `query ($ids: [_Any!]!, $after: String) { _entities(representations: $ids) { ... on BillingProfile {
  payments(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } } }`;
const COLLECTION = `query ($ids: [_Any!]!) { _entities(representations: $ids) { ... on Invoice {
  collection { state failures nextAttemptAt attempts { nodes { state decline } } } } } }`;
const CARD = `mutation ($input: BillingProfileCardSetInput!) { billingProfileCardSet(input: $input) {
  profile { card { lastFour } } userErrors { code } } }`;

let payments: PaymentFixture;
beforeAll(async () => {
  payments = await startPayments({ graph: true });
});
afterAll(() => payments.stop());

async function ask(query: string, variables: Record<string, unknown>, viewer: Viewer): Promise<Answer> {
  const { data, errors } = await payments.execute(query, variables, viewer);
  return errors === undefined ? data : { errors };
}

async function payingWith(token: string) {
  const profile = await payments.payer(token);
  const { invoice, payment } = await payments.collecting(profile);
  return { profile, invoice, payment: payment as Payment, viewer: personViewer({ accountId: profile.accountId }) };
}

test('a payment that needed an action is refreshed once the cardholder has confirmed it, as often as one likes', async () => {
  const { payment, viewer } = await payingWith('tok_needs_action');
  const input = { paymentId: payment.id };
  await collect(payments.deps, payment.id);
  const waits = { state: 'NEEDS_ACTION', actionUrl: `https://bank.example/confirm/${payment.id}`, settledAt: null };
  expect((await ask(REFRESH, { input }, viewer)).paymentRefresh).toEqual({ payment: waits, userErrors: [] });
  payments.provider.confirm(payment.id);
  const approved = { state: 'APPROVED', actionUrl: null, settledAt: expect.any(String) };
  expect((await ask(REFRESH, { input }, viewer)).paymentRefresh.payment).toEqual(approved);
  expect((await ask(REFRESH, { input }, viewer)).paymentRefresh.payment).toEqual(approved);
  expect(await payments.owed(payment.purposeId)).toBe(0);
});

test('a foreign payment looks missing; reading is not enough; a preview-only key asks no provider (N11)', async () => {
  const { payment, viewer } = await payingWith('tok_approved');
  const stranger = personViewer({ accountId: newId() });
  const missing = { payment: null, userErrors: [{ code: 'PAYMENT_NOT_FOUND', field: ['input', 'paymentId'] }] };
  for (const paymentId of [payment.id, newId(), 'nonsense'])
    expect((await ask(REFRESH, { input: { paymentId } }, stranger)).paymentRefresh).toEqual(missing);
  expect(await ask(PAYMENT, { id: payment.id }, stranger)).toEqual({ payment: null });
  expect((await ask(PAYMENT, { id: payment.id }, staffViewer())).payment.id).toBe(payment.id);
  const input = { paymentId: payment.id };
  const reader = { ...viewer, areas: { BILLING: 'READ' } } as const;
  expect((await ask(REFRESH, { input }, reader)).errors[0].extensions.code).toBe('FORBIDDEN');
  const { sessionId: _none, ...acting } = viewer;
  const key: KeyViewer = { ...acting, kind: 'KEY', keyId: newId(), preview: true };
  expect((await ask(REFRESH, { input }, key)).errors[0].extensions.code).toBe('PREVIEW_NOT_POSSIBLE');
});

test('payments are shown with what they are for, and listed by profile, newest first, a page at a time', async () => {
  const { profile, invoice, payment, viewer } = await payingWith('tok_declined');
  await payments.rounds();
  expect((await ask(PAYMENT, { id: payment.id }, viewer)).payment).toEqual({
    id: payment.id,
    purpose: 'INVOICE',
    purposeId: invoice.id,
    description: `Invoice ${invoice.number}`,
    state: 'DECLINED',
    decline: 'CARD_DECLINED',
    amount: { amount: '120.00', currency: 'EUR' },
    profile: { id: profile.id },
  });
  for (const days of [1, 2]) {
    payments.pass({ days });
    await payments.rounds();
  }
  const ids = [{ __typename: 'BillingProfile', id: profile.id }];
  const [{ payments: first }] = (await ask(LIST, { ids }, viewer))._entities;
  const [{ payments: rest }] = (await ask(LIST, { ids, after: first.pageInfo.endCursor }, viewer))._entities;
  const listed = [...first.nodes, ...rest.nodes].map(({ id }: Answer) => id);
  expect(listed).toEqual((await payments.attempts(invoice.id)).map(({ id }) => id).reverse());
  expect([listed.length, rest.pageInfo.hasNextPage]).toEqual([3, false]);
});

test('P an invoice says how its collecting stands; given up, a new card is tried at once', async () => {
  const { profile, invoice, viewer } = await payingWith('tok_declined');
  const ids = [{ __typename: 'Invoice', id: invoice.id }];
  const collection = async () => (await ask(COLLECTION, { ids }, viewer))._entities[0].collection;
  expect(await collection()).toEqual({
    state: 'OPEN',
    failures: 0,
    nextAttemptAt: null,
    attempts: { nodes: [{ state: 'PENDING', decline: null }] },
  });
  await payments.rounds();
  const tomorrow = new Date(payments.clock.now().getTime() + 86_400_000).toISOString();
  expect(await collection()).toMatchObject({ state: 'OPEN', failures: 1, nextAttemptAt: tomorrow });
  for (const days of [1, 2, 4]) {
    payments.pass({ days });
    await payments.rounds();
  }
  expect(await collection()).toMatchObject({ state: 'GIVEN_UP', failures: 4, nextAttemptAt: null });

  const set = await ask(CARD, { input: { profileId: profile.id, token: 'tok_approved' } }, viewer);
  expect(set.billingProfileCardSet.userErrors).toEqual([]);
  await payments.rounds();
  expect(await payments.owed(invoice.id)).toBe(0);
  const { state, attempts } = await collection();
  expect([state, attempts.nodes.length]).toEqual(['PAID', 5]);
  expect((await payments.notices(profile.accountId)).map(({ kind }) => kind)).toEqual([
    'PAYMENT_FAILED',
    'PAYMENT_FAILED',
    'PAYMENT_FAILED',
    'PAYMENT_FAILED_LAST',
  ]);
});

test('payments stay as they were asked for: the roles can change neither amount nor card, and delete nothing', async () => {
  const { rows } = await payments.admin.query(
    `select r as role,
       has_column_privilege(r, 'payment', 'amount_minor', 'update') or has_column_privilege(r, 'payment', 'method', 'update') as rewrites,
       has_table_privilege(r, 'payment', 'delete') or has_table_privilege(r, 'billing_profile', 'delete')
         or has_table_privilege(r, 'invoice_dunning', 'delete') as deletes,
       has_table_privilege(r, 'payment', 'insert') as adds
     from unnest('{comptoir_billing,comptoir_billing_system}'::text[]) r`,
  );
  expect(rows).toEqual([
    { role: 'comptoir_billing', rewrites: false, deletes: false, adds: false },
    { role: 'comptoir_billing_system', rewrites: false, deletes: false, adds: true },
  ]);
});
