import { newId } from '@comptoir/shared/values/uuid.ts';
import { personViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Answer } from '../../testing/billingFixture.ts';
import { type PaymentFixture, startPayments } from '../../testing/paymentFixture.ts';
import { lockProfile } from './profileStore.ts';
import type { BillingProfile } from './profileTables.ts';

const DELETE = `mutation ($input: BillingProfileDeleteInput!) { billingProfileDelete(input: $input) {
  profile { deletedAt } userErrors { code rule } } }`;

let payments: PaymentFixture;
beforeAll(async () => {
  payments = await startPayments({ graph: true });
});
afterAll(() => payments.stop());

async function deletion({ id: profileId, accountId }: BillingProfile): Promise<string> {
  const { data, errors } = await payments.execute(DELETE, { input: { profileId } }, personViewer({ accountId }));
  expect(errors).toBeUndefined();
  const { profile, userErrors } = (data as Answer).billingProfileDelete;
  return profile === null ? `${userErrors[0].code} ${userErrors[0].rule}` : 'deleted';
}

/** A running subscription of some client, as its row says who pays. */
async function subscribe({ id, accountId }: BillingProfile, of: { cycleOnly?: boolean } = {}): Promise<string> {
  const client = newId();
  await payments.admin.query(
    `insert into subscription (id, account_id, profile_id, payer_id, cycle_profile_id, terms, currency, per_cycle, anchor, period_index,
       period_from, period_to, time_zone, due_at, status, purchased_at)
     values ($1, $1, $2, $3, $4, '{}', 'EUR', 100, '2026-11-01', 0, '2026-11-01', '2026-12-01', 'UTC', '2026-12-01', 'ACTIVE', '2026-11-01')`,
    [client, of.cycleOnly ? (await payments.profile()).id : id, accountId, id],
  );
  return client;
}

test('A39 a profile that a subscription is paid with stays, also when only the running cycle was; once that has expired it goes', async () => {
  for (const cycleOnly of [false, true]) {
    const profile = await payments.payer('tok_approved');
    const id = await subscribe(profile, { cycleOnly });
    expect(await deletion(profile)).toBe('IN_USE_BY_SUBSCRIPTION A39');
    await payments.admin.query(
      `update subscription set status = 'EXPIRED', due_at = null, expired_at = '2026-12-01' where id = $1`,
      [id],
    );
    expect(await deletion(profile)).toBe('deleted');
  }
});

test('A39 an invoice that is not paid, prepaid money and a payment under way keep a profile, in this order', async () => {
  const owing = await payments.payer('tok_approved');
  const { invoice } = await payments.collecting(owing);
  await payments.topUp(owing, 500n);
  expect(await deletion(owing)).toBe('IN_USE_BY_INVOICE A39');
  await payments.rounds();
  expect(await payments.owed(invoice.id)).toBe(0);
  expect(await deletion(owing)).toBe('IN_USE_BY_PREPAID A39');

  const paying = await payments.payer('tok_approved');
  await payments.underWay(paying, newId());
  expect(await deletion(paying)).toBe('IN_USE_BY_PAYMENT A39');
});

test('A39 what begins to depend on a profile at the same moment is waited for', async () => {
  const profile = await payments.payer('tok_approved');
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const dependent = payments.system(async (tx) => {
    await lockProfile(tx, profile.id);
    begun.resolve();
    await go.promise;
    await tx.query(
      `insert into payment (id, profile_id, account_id, currency, amount_minor, purpose, purpose_id, description, present, customer, method, state, created_at)
       values ($1, $2, $3, 'EUR', 1, 'QUOTE', $1, 'x', true, 'c', 'm', 'PENDING', '2026-11-22')`,
      [newId(), profile.id, profile.accountId],
    );
  });
  await begun.promise;
  const deleted = deletion(profile);
  await payments.untilWaiting();
  go.resolve();
  await dependent;
  expect(await deleted).toBe('IN_USE_BY_PAYMENT A39');
});
