import { newId } from '@comptoir/shared/values/uuid.ts';
import { personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { at, codes, PLUS, type SubscriptionFixture, startSubscriptions } from '../../testing/subscriptionFixture.ts';

// Who may make whom pay, and that nothing is given back that was not paid.
let billing: SubscriptionFixture;
beforeAll(async () => {
  billing = await startSubscriptions();
});
afterAll(() => billing.stop());
beforeEach(() => at(billing, '2026-11-01T10:00:00.000Z'));

async function discount(accountId: string, basisPoints: number): Promise<void> {
  await billing.admin.query(
    `insert into reseller_discount (id, account_id, basis_points, set_at, set_by) values ($1, $2, $3, '2026-10-01', $4)`,
    [newId(), accountId, basisPoints, newId()],
  );
}

/** A partner that pays PLUS for a client, half of its price taken off; the client has a billing profile of its own. */
async function resold() {
  const agency = await billing.payer({ taxBasisPoints: 0 });
  await discount(agency.accountId, 5_000);
  const client = await billing.payer({ taxBasisPoints: 0 });
  const { accountId } = client;
  await billing.partner(agency.accountId, accountId);
  const asked = { accountId, profileId: agency.profile.id, ...PLUS };
  await billing.done('subscriptionCreateQuote', asked, agency.viewer);
  const choose = (by: typeof client) =>
    billing.ask('billingProfileChoose', { accountId, profileId: by.profile.id }, by.viewer);
  return { agency, client, accountId, choose };
}

test('A41 a client whose partner pays cannot have itself billed instead; when the partner has left, it can', async () => {
  const { agency, client, accountId, choose } = await resold();
  const refused = await choose(client);
  expect(refused.userErrors).toMatchObject([{ code: 'PROFILE_NOT_FOR_ACCOUNT', rule: 'A41' }]);
  expect((await billing.subscriptionOf(accountId, client.viewer)).perCycle).toBeNull();

  await billing.admin.query(`update access.reach set valid = tstzrange('2020-01-01', '2026-11-02') where holder = $1`, [
    agency.accountId,
  ]);
  at(billing, '2026-11-03T10:00:00.000Z');
  expect(codes(await choose(client))).toEqual([]);
});

test('A26 who takes a subscription over pays without the reseller discount of who paid before, and gets it back with nothing lost', async () => {
  const { agency, client, accountId, choose } = await resold();
  // A38: nor does the partner have the client's card pay.
  const theirs = { accountId, profileId: client.profile.id };
  const refused = await billing.ask('billingProfileChoose', theirs, agency.viewer);
  expect(refused.userErrors).toMatchObject([{ code: 'PROFILE_NOT_FOR_ACCOUNT', rule: 'A38' }]);
  const reaches = (valid: string) =>
    billing.admin.query('update access.reach set valid = $2::tstzrange where holder = $1', [agency.accountId, valid]);
  await reaches('[2020-01-01, 2026-01-01)');
  expect((await choose(client)).subscription).toMatchObject({ perCycle: { amount: '49.00' } });
  await reaches('[2020-01-01,)');
  expect((await choose(agency)).subscription).toMatchObject({ perCycle: { amount: '24.50' } });
  await reaches('[2020-01-01, 2026-01-01)');
  await choose(client);
  at(billing, '2026-12-01T10:00:00.000Z');
  await billing.renew();
  await billing.payOpen(accountId);
  expect(await billing.invoicesOf(accountId)).toMatchObject([
    { net: 2_450, paid: 2_450 },
    { net: 4_900, paid: 4_900 },
  ]);
  // The discount that was sold with the first cycle is not in what is given back of the second.
  const down = await billing.done('subscriptionChangeQuote', { accountId, plan: 'STARTER' }, client.viewer);
  expect(down.prorated).toEqual({ amount: '-34.00' });
  expect(await billing.problems()).toEqual([]);
});

test('A38 nobody changes what another one pays for from the next cycle on', async () => {
  const client = await billing.payer({ taxBasisPoints: 0 });
  const { accountId } = client;
  await billing.done('subscriptionCreateQuote', { accountId, profileId: client.profile.id, ...PLUS }, client.viewer);
  const agency = await billing.payer({ taxBasisPoints: 0 });
  await billing.partner(agency.accountId, accountId);
  at(billing, '2026-11-29T10:00:00.000Z');
  const dear = { accountId, plan: 'ENTERPRISE' };
  const { token } = await billing.quoted('subscriptionChangeQuote', { accountId, plan: 'PROFESSIONAL' }, client.viewer);
  await billing.ask('billingProfileChoose', { accountId, profileId: agency.profile.id }, agency.viewer);
  // A day of it would be the client's, every year to come the partner's.
  expect(codes(await billing.ask('subscriptionChangeQuote', dear, client.viewer))).toEqual(['PROFILE_NOT_FOUND']);
  const late = await billing.commit(token, client.viewer);
  expect(codes(late)).toEqual(['QUOTE_CHANGED']);
  await billing.quoted('subscriptionChangeQuote', dear, agency.viewer);
});

test('A26 what staff took back of a cycle is not given back again by a downgrade', async () => {
  const { accountId, viewer, profile } = await billing.payer({ taxBasisPoints: 0 });
  await billing.done('subscriptionCreateQuote', { accountId, profileId: profile.id, ...PLUS }, viewer);
  const { rows } = await billing.admin.query('select id from invoice where account_id = $1', [accountId]);
  const credit = async (amount: string) => {
    const input = {
      invoiceId: rows[0].id,
      net: { amount, currency: 'EUR' },
      description: 'Sorry',
      idempotencyKey: newId(),
    };
    const query =
      'mutation ($input: InvoiceCreditInput!) { invoiceCredit(input: $input) { creditNote { id } userErrors { code } } }';
    const { errors, data } = await billing.execute(query, { input }, staffViewer());
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ invoiceCredit: { userErrors: [] } });
  };
  // What is left of 49.00 after a courtesy of 9.00 suffices for the 34.00 that STARTER frees, what is left after 49.00
  // does not.
  await credit('9.00');
  await billing.quoted('subscriptionChangeQuote', { accountId, plan: 'STARTER' }, viewer);
  await credit('40.00');
  const refused = await billing.ask('subscriptionChangeQuote', { accountId, plan: 'STARTER' }, viewer);
  expect(refused.userErrors).toMatchObject([{ code: 'INVOICE_CREDITED', rule: 'A26' }]);
  await billing.done('subscriptionChangeQuote', { accountId, plan: 'PROFESSIONAL' }, viewer);
  at(billing, '2026-12-01T10:00:00.000Z');
  await billing.renew();
  await billing.payOpen(accountId);
  await billing.done('subscriptionChangeQuote', { accountId, plan: 'STARTER' }, viewer);
  expect(await billing.problems()).toEqual([]);
});

test('N02 a plan bought dear with the migration discount and changed at once has its own share of it, not all', async () => {
  const { accountId, viewer, profile } = await billing.payer({ taxBasisPoints: 0 });
  await billing.admin.query(
    `insert into migration_discount (id, payer_id, account_id, basis_points, granted_at, granted_by) values ($1, $2, $2, 5000, '2026-10-01', $1)`,
    [newId(), accountId],
  );
  const dear = { accountId, profileId: profile.id, ...PLUS, plan: 'PROFESSIONAL' };
  const bought = await billing.done('subscriptionCreateQuote', dear, viewer);
  expect(bought.prorated).toEqual({ amount: '39.50' });
  const changed = await billing.done('subscriptionChangeQuote', { accountId, plan: 'STARTER' }, viewer);
  // 15.00 at half its price: 7.50 of the 39.50 stay.
  expect(changed.prorated).toEqual({ amount: '-32.00' });
  const back = await billing.quoted('subscriptionChangeQuote', { accountId, plan: 'PROFESSIONAL' }, viewer);
  expect(back.prorated).toEqual({ amount: '32.00' });
});

test('A26 the tax of a profile stays while a quote is being paid with it: the invoice asks for what was charged', async () => {
  const { accountId, viewer, profile } = await billing.payer({ token: 'tok_needs_action' });
  const quote = await billing.quoted('subscriptionCreateQuote', { accountId, profileId: profile.id, ...PLUS }, viewer);
  const key = newId();
  const waiting = await billing.commit(quote.token, viewer, key);
  expect(codes(waiting)).toEqual(['PAYMENT_NEEDS_ACTION']);
  const set = async (taxBasisPoints: number): Promise<string[]> => {
    const input = { profileId: profile.id, taxBasisPoints };
    const query =
      'mutation ($input: BillingProfileTaxSetInput!) { billingProfileTaxSet(input: $input) { userErrors { code } } }';
    const { data, errors } = await billing.execute(query, { input }, staffViewer());
    expect(errors).toBeUndefined();
    const { userErrors } = (data as { billingProfileTaxSet: { userErrors: { code: string }[] } }).billingProfileTaxSet;
    return userErrors.map(({ code }) => code);
  };
  expect(await set(1_000)).toEqual(['IN_USE_BY_PAYMENT']);
  billing.provider.confirm(waiting.quote.payment.id);
  expect(codes(await billing.commit(quote.token, viewer, key))).toEqual([]);
  expect(await set(1_000)).toEqual([]);
  expect(await billing.invoicesOf(accountId)).toMatchObject([{ gross: 5_880, paid: 5_880 }]);
});

test('P what is given back of several invoices has the tax that they had, whatever the rate is by now: never more than was paid', async () => {
  const { accountId, viewer, profile } = await billing.payer({ taxBasisPoints: 0 });
  await billing.done('subscriptionCreateQuote', { accountId, profileId: profile.id, ...PLUS }, viewer);
  for (const plan of ['PROFESSIONAL', 'ENTERPRISE']) {
    await billing.done('subscriptionChangeQuote', { accountId, plan }, viewer);
  }
  await billing.admin.query('update billing_profile set tax_basis_points = 2000 where id = $1', [profile.id]);
  const down = await billing.done('subscriptionChangeQuote', { accountId, plan: 'STARTER' }, viewer);
  expect(down.invoice).toMatchObject({
    net: { amount: '130.00' },
    tax: { amount: '0.00' },
    gross: { amount: '130.00' },
  });
  expect(await billing.prepaidOf(profile)).toEqual({ '': 13_000 });
  expect(await billing.problems()).toEqual([]);
});

test('A41 a resold client learns nothing of what its partner owes, nor changes it', async () => {
  const { client, accountId } = await resold();
  const stranger = personViewer({ accountId: newId() });
  const down = { accountId, plan: 'STARTER' };
  expect(codes(await billing.ask('subscriptionChangeQuote', down, client.viewer))).toEqual(['PROFILE_NOT_FOUND']);
  await billing.admin.query(
    'update invoice_state set paid = 0, paid_at = null where invoice_id = any (select id from invoice where account_id = $1)',
    [accountId],
  );
  expect(codes(await billing.ask('subscriptionChangeQuote', down, client.viewer))).toEqual(['PROFILE_NOT_FOUND']);
  expect(codes(await billing.ask('subscriptionChangeQuote', down, stranger))).toEqual(['ACCOUNT_NOT_FOUND']);
});
