import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { reconcile } from '../../collecting/payments/collect.ts';
import { dueAttempts } from '../../collecting/payments/dunning.ts';
import { at, codes, PLUS, type SubscriptionFixture, startSubscriptions } from '../../testing/subscriptionFixture.ts';
import { renewOne } from './renewal.ts';

let billing: SubscriptionFixture;
beforeAll(async () => {
  billing = await startSubscriptions();
});
afterAll(() => billing.stop());
beforeEach(() => at(billing, '2027-01-31T10:00:00.000Z'));

async function subscribed(of: Parameters<SubscriptionFixture['payer']>[0] & { zone?: string } = {}) {
  const payer = await billing.payer({ taxBasisPoints: 0, ...of });
  const { accountId, viewer, profile } = payer;
  if (of.zone !== undefined) await billing.zone(accountId, of.zone);
  await billing.done('subscriptionCreateQuote', { accountId, profileId: profile.id, ...PLUS }, viewer);
  return payer;
}
/** The first days of the cycles that were billed or begun, oldest first. */
const cycles = async (
  accountId: string,
  viewer: Parameters<SubscriptionFixture['subscriptionOf']>[1],
): Promise<string[]> =>
  (await billing.subscriptionOf(accountId, viewer)).history.nodes
    .filter(({ kind }: { kind: string }) => kind === 'CREATED' || kind === 'RENEWED')
    .map(({ periodFrom }: { periodFrom: string }) => periodFrom)
    .reverse();
/** Lets the provider be asked for every payment that waits. */
async function collectAll(): Promise<void> {
  const round = reconcile(billing.config);
  while ((await round.run(billing.work as JobContext, newId())) > 0);
}

test('A33 A34 A35 the 31st falls on the last day of a short month and comes back, after an outage of months', async () => {
  const { accountId, viewer } = await subscribed();
  at(billing, '2027-06-30T00:00:00.000Z');
  await billing.renew();
  expect(await cycles(accountId, viewer)).toEqual([
    '2027-01-31',
    '2027-02-28',
    '2027-03-31',
    '2027-04-30',
    '2027-05-31',
    '2027-06-30',
  ]);
  expect(await billing.renew()).toBe(0);
  await collectAll();
  const invoices = await billing.invoicesOf(accountId);
  expect(invoices).toHaveLength(6);
  for (const invoice of invoices) expect(invoice).toMatchObject({ net: 4_900, paid: 4_900 });
  expect(await billing.problems()).toEqual([]);
});

test('A33 the day is that of the account, in its own zone, to the instant', async () => {
  const paris = await subscribed({ zone: 'Europe/Paris' });
  at(billing, '2027-02-27T22:59:59.999Z');
  await billing.renew();
  expect(await cycles(paris.accountId, paris.viewer)).toEqual(['2027-01-31']);
  at(billing, '2027-02-27T23:00:00.000Z');
  await billing.renew();
  expect(await cycles(paris.accountId, paris.viewer)).toEqual(['2027-01-31', '2027-02-28']);
});

test('A33 a zone that is changed holds from the next cycle on, and no day is billed twice or left out', async () => {
  const { accountId, viewer } = await subscribed({ zone: 'Asia/Tokyo' });
  await billing.zone(accountId, 'America/Los_Angeles');
  at(billing, '2027-02-27T15:00:00.000Z');
  await billing.renew();
  expect(await billing.subscriptionOf(accountId, viewer)).toMatchObject({
    periodFrom: '2027-02-28',
    periodTo: '2027-03-31',
    timeZone: 'America/Los_Angeles',
  });
  // In Los Angeles it is still the 27th: a change is priced from the first day of the cycle.
  const quote = await billing.quoted('subscriptionChangeQuote', { accountId, plan: 'PROFESSIONAL' }, viewer);
  expect(quote.prorated).toEqual({ amount: '30.00' });
});

test('A33 what is disabled is billed all the same', async () => {
  const { accountId, viewer } = await subscribed();
  await billing.ask('subscriptionDisable', { accountId }, viewer);
  at(billing, '2027-02-28T00:00:00.000Z');
  await billing.renew();
  expect(await billing.invoicesOf(accountId)).toHaveLength(2);
  expect((await billing.subscriptionOf(accountId, viewer)).disabledAt).toEqual(expect.any(String));
});

test('A33 several rounds at once, and one that dies between two periods, bill every cycle once', async () => {
  const { accountId, viewer } = await subscribed();
  at(billing, '2027-07-31T00:00:00.000Z');
  // The round was killed after one period; then three come at once.
  expect(await billing.system((tx, now) => renewOne(tx, accountId, { now, cards: billing.provider }))).toBe('RENEWED');
  await Promise.all([billing.renew(), billing.renew(), billing.renew()]);
  expect(await cycles(accountId, viewer)).toHaveLength(7);
  const references = (await billing.invoicesOf(accountId)).map(({ reference }) => reference);
  expect(new Set(references).size).toBe(7);
  expect(references).toHaveLength(7);
});

test('A33 hundreds that cannot be renewed do not keep the one behind them from its day', async () => {
  const { accountId, viewer, profile } = await subscribed();
  await billing.topUp(profile, 10_000n);
  await billing.admin.query(
    `insert into subscription
     select (jsonb_populate_record(s, jsonb_build_object('id', uuidv7(), 'account_id', uuidv7(), 'terms', '{}'::jsonb))).*
     from subscription s, generate_series(1, 250) where s.account_id = $1`,
    [accountId],
  );
  await billing.admin.query(
    `update subscription set due_at = due_at - interval '1 day' where account_id <> $1 and terms = '{}'`,
    [accountId],
  );
  at(billing, '2027-02-28T00:00:00.000Z');
  await billing.renew();
  expect(await cycles(accountId, viewer)).toHaveLength(2);
  await billing.admin.query(`delete from subscription where terms = '{}'`);
});

test('A33 a renewal whose transaction is lost leaves nothing behind', async () => {
  const { accountId, viewer, profile } = await subscribed();
  await billing.topUp(profile, 1_000n);
  at(billing, '2027-02-28T00:00:00.000Z');
  const lost = billing.system(async (tx, now) => {
    await renewOne(tx, accountId, { now, cards: billing.provider });
    throw new Error('killed');
  });
  await expect(lost).rejects.toThrow('killed');
  expect(await cycles(accountId, viewer)).toHaveLength(1);
  expect(await billing.prepaidOf(profile)).toEqual({ '': 1_000 });
  await billing.renew();
  expect(await cycles(accountId, viewer)).toHaveLength(2);
  expect(await billing.problems()).toEqual([]);
});

test('A37 a renewal takes prepaid money first and the card for the rest', async () => {
  const { accountId, profile } = await subscribed({ taxBasisPoints: 2_000 });
  await billing.topUp(profile, 1_000n);
  at(billing, '2027-02-28T00:00:00.000Z');
  await billing.renew();
  expect((await billing.invoicesOf(accountId)).at(-1)).toMatchObject({ gross: 5_880, paid: 1_000 });
  await collectAll();
  expect((await billing.invoicesOf(accountId)).at(-1)).toMatchObject({ gross: 5_880, paid: 5_880 });
  expect(await billing.prepaidOf(profile)).toEqual({ '': 0 });
  expect(await billing.problems()).toEqual([]);
});

test('P a renewal whose card says no is tried again a day later; meanwhile nothing is given back', async () => {
  const { accountId, viewer, profile } = await subscribed();
  await billing.admin.query(`update billing_profile set card_method = 'tok_declined_then_approved' where id = $1`, [
    profile.id,
  ]);
  at(billing, '2027-02-28T00:00:00.000Z');
  await billing.renew();
  await collectAll();
  expect((await billing.invoicesOf(accountId)).at(-1)).toMatchObject({ gross: 4_900, paid: 0 });
  const down = await billing.ask('subscriptionChangeQuote', { accountId, plan: 'STARTER' }, viewer);
  expect(codes(down)).toEqual(['INVOICE_UNPAID']);
  at(billing, '2027-03-01T00:00:01.000Z');
  await dueAttempts(billing.config).run(billing.work as JobContext, newId());
  await collectAll();
  expect((await billing.invoicesOf(accountId)).at(-1)).toMatchObject({ gross: 4_900, paid: 4_900 });
  await billing.done('subscriptionChangeQuote', { accountId, plan: 'STARTER' }, viewer);
  expect(await billing.problems()).toEqual([]);
});

test('A38 nobody is charged for a client that took its consent back: it ends with what is paid', async () => {
  const agency = await billing.payer();
  const accountId = newId();
  await billing.partner(agency.accountId, accountId, '2027-02-15');
  await billing.done('subscriptionCreateQuote', { accountId, profileId: agency.profile.id, ...PLUS }, agency.viewer);
  at(billing, '2027-02-28T00:00:00.000Z');
  await billing.renew();
  const { rows } = await billing.admin.query('select status from subscription where account_id = $1', [accountId]);
  expect(rows).toEqual([{ status: 'EXPIRED' }]);
  expect(await billing.invoicesOf(accountId)).toHaveLength(1);
});

test('A26 a renewal waits for a change that is being paid for, then catches up at what was sold', async () => {
  const { accountId, viewer, profile } = await subscribed();
  at(billing, '2027-02-27T23:59:00.000Z');
  await billing.admin.query(`update billing_profile set card_method = 'tok_needs_action' where id = $1`, [profile.id]);
  const quote = await billing.quoted('subscriptionChangeQuote', { accountId, plan: 'PROFESSIONAL' }, viewer);
  const key = newId();
  const asked = await billing.commit(quote.token, viewer, key);
  expect(codes(asked)).toEqual(['PAYMENT_NEEDS_ACTION']);
  expect(codes(await billing.ask('subscriptionCancel', { accountId, reason: 'Meanwhile' }, viewer))).toEqual([
    'CHANGE_UNDER_WAY',
  ]);
  at(billing, '2027-02-28T00:05:00.000Z');
  await billing.renew();
  expect(await billing.system((tx, now) => renewOne(tx, accountId, { now, cards: billing.provider }))).toBeNull();
  expect(await cycles(accountId, viewer)).toEqual(['2027-01-31']);
  billing.provider.confirm(asked.quote.payment.id);
  expect(await billing.commit(quote.token, viewer, key)).toMatchObject({
    quote: { state: 'COMMITTED' },
    userErrors: [],
  });
  await billing.renew();
  expect((await billing.invoicesOf(accountId)).map(({ net }) => net)).toEqual([4_900, 107, 7_900]);
});
