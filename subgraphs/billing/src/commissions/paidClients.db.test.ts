import { newId } from '@comptoir/shared/values/uuid.ts';
import { personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { at, PLUS, type SubscriptionFixture, startSubscriptions } from '../testing/subscriptionFixture.ts';
import { addAttribution, newReferralCode, renewReferral } from './referralStore.ts';

let billing: SubscriptionFixture;
beforeAll(async () => {
  billing = await startSubscriptions();
  at(billing, '2026-11-22T10:00:00.000Z');
});
afterAll(() => billing.stop());

const LINES = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Account { commissions {
  owed { amount currency } lines { nodes { kind client { id } net { amount } amount { amount } } } } } } }`;

async function commissionsOf(partnerId: string): Promise<any> {
  const of = [{ __typename: 'Account', id: partnerId }];
  const { data, errors } = await billing.execute(LINES, { of }, personViewer({ accountId: partnerId }));
  expect(errors).toBeUndefined();
  return (data as any)._entities[0].commissions;
}

/** A partner, and the client that it brought. */
async function brought(clientId: string): Promise<string> {
  const partnerId = newId();
  const code = newReferralCode();
  const now = billing.clock.now();
  await billing.system(async (tx) => {
    await renewReferral(tx, { code, partnerId, createdAt: now });
    await addAttribution(tx, { clientId, partnerId, code, attributedAt: now });
  });
  return partnerId;
}

test('A76 F11 a commission client is billed by its own profile; its partner earns when the invoice is paid, and gives back what is credited', async () => {
  const client = await billing.payer();
  const partnerId = await brought(client.accountId);
  const asked = { accountId: client.accountId, profileId: client.profile.id, ...PLUS };
  const { invoice } = await billing.done('subscriptionCreateQuote', asked, client.viewer);
  expect(invoice).toMatchObject({
    net: { amount: '49.00' },
    gross: { amount: '58.80' },
    outstanding: { amount: '0.00' },
  });
  const line = { client: { id: client.accountId }, net: { amount: '49.00' } };
  expect(await commissionsOf(partnerId)).toEqual({
    owed: [{ amount: '9.80', currency: 'EUR' }],
    lines: { nodes: [{ ...line, kind: 'EARNED', amount: { amount: '9.80' } }] },
  });

  // The next month is renewed, billed and paid by itself.
  at(billing, '2026-12-22T00:00:00.000Z');
  expect(await billing.renew()).toBe(1);
  const { rows } = await billing.admin.query(`select id from payment where account_id = $1 and state = 'PENDING'`, [
    client.accountId,
  ]);
  for (const { id } of rows) await billing.collect(id);
  expect((await commissionsOf(partnerId)).owed).toEqual([{ amount: '19.60', currency: 'EUR' }]);

  const CREDIT =
    'mutation ($input: InvoiceCreditInput!) { invoiceCredit(input: $input) { creditNote { id } userErrors { code } } }';
  const input = {
    invoiceId: invoice.id,
    net: { amount: '10.00', currency: 'EUR' },
    description: 'Out of order for a week',
    idempotencyKey: newId(),
  };
  const credited = await billing.execute(CREDIT, { input }, staffViewer());
  expect(credited.errors).toBeUndefined();
  expect((credited.data as any).invoiceCredit.userErrors).toEqual([]);
  const { owed, lines } = await commissionsOf(partnerId);
  expect(owed).toEqual([{ amount: '17.60', currency: 'EUR' }]);
  expect(lines.nodes[0]).toEqual({ ...line, kind: 'REVERSED', net: { amount: '10.00' }, amount: { amount: '-2.00' } });
  expect(await billing.problems()).toEqual([]);
});

test('A75 an invoice that is not paid earns nothing', async () => {
  const client = await billing.payer({ token: 'tok_declined' });
  const partnerId = await brought(client.accountId);
  const asked = { accountId: client.accountId, profileId: client.profile.id, ...PLUS };
  const { token } = await billing.quoted('subscriptionCreateQuote', asked, client.viewer);
  expect((await billing.commit(token, client.viewer)).userErrors).toMatchObject([{ code: 'PAYMENT_DECLINED' }]);
  expect(await commissionsOf(partnerId)).toEqual({ owed: [], lines: { nodes: [] } });
});

test('A41 A76 what a partner pays for a resold client earns nobody a commission, though somebody brought the client', async () => {
  const payer = await billing.payer();
  const resold = newId();
  await billing.partner(payer.accountId, resold);
  const partnerId = await brought(resold);
  const asked = { accountId: resold, profileId: payer.profile.id, ...PLUS };
  const { invoice } = await billing.done('subscriptionCreateQuote', asked, payer.viewer);
  expect(invoice.outstanding.amount).toBe('0.00');
  expect((await commissionsOf(partnerId)).owed).toEqual([]);
});

test('A62 A75 a downgrade gives back the part of the commission that its credit note takes back', async () => {
  const client = await billing.payer();
  const partnerId = await brought(client.accountId);
  const of = { accountId: client.accountId, profileId: client.profile.id };
  await billing.done('subscriptionCreateQuote', { ...of, ...PLUS, plan: 'PROFESSIONAL' }, client.viewer);
  const before = (await commissionsOf(partnerId)).lines.nodes[0];
  const down = await billing.done(
    'subscriptionChangeQuote',
    { accountId: client.accountId, ...PLUS, plan: 'STARTER' },
    client.viewer,
  );
  expect(down.invoice.kind).toBe('CREDIT_NOTE');
  const { owed, lines } = await commissionsOf(partnerId);
  expect(lines.nodes.map(({ kind }: any) => kind)).toEqual(['REVERSED', 'EARNED']);
  expect(lines.nodes[0].net.amount).toBe(down.invoice.net.amount);
  const cents = (amount: string): number => Math.round(Number(amount) * 100);
  expect(cents(owed[0].amount)).toBe(cents(before.amount.amount) + cents(lines.nodes[0].amount.amount));
  expect(cents(owed[0].amount)).toBeGreaterThan(0);
  expect(await billing.problems()).toEqual([]);
});

test('A77 F11 what fails to be paid is told to the commission client itself, and not to the partner who brought it', async () => {
  at(billing, '2027-03-05T10:00:00.000Z');
  const client = await billing.payer({ token: 'tok_approved_then_declined' });
  const partnerId = await brought(client.accountId);
  const asked = { accountId: client.accountId, profileId: client.profile.id, ...PLUS };
  await billing.done('subscriptionCreateQuote', asked, client.viewer);
  at(billing, '2027-04-05T00:00:00.000Z');
  await billing.renew();
  const pending = `select id from payment where account_id = $1 and state = 'PENDING'`;
  const { rows } = await billing.admin.query(pending, [client.accountId]);
  expect(rows).toHaveLength(1);
  expect(await billing.collect(rows[0].id)).toMatchObject({ state: 'DECLINED' });
  const told = `select data ->> 'kind' as kind, data ->> 'accountId' as account from billing_jobs.job
                where name = 'notice' and data ->> 'accountId' = any($1)`;
  const notices = await billing.admin.query(told, [[client.accountId, partnerId]]);
  expect(notices.rows).toEqual([{ kind: expect.stringContaining('PAYMENT'), account: client.accountId }]);
  expect((await commissionsOf(partnerId)).owed).toEqual([{ amount: '9.80', currency: 'EUR' }]);
});
