import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { at, type SubscriptionFixture, startSubscriptions } from '../../testing/subscriptionFixture.ts';
import { type CommittedBySystem, commitAsSystem } from './commitAsSystem.ts';

let billing: SubscriptionFixture;
beforeAll(async () => {
  billing = await startSubscriptions();
});
afterAll(() => billing.stop());
beforeEach(() => at(billing, '2026-11-22T10:00:00.000Z'));

/** Pays 25.00 EUR in, as no one's doing, under a reference. */
async function topUpOf(token: string) {
  const payer = await billing.payer({ token });
  const input = { profileId: payer.profile.id, earmarkId: null, amount: { minor: 2_500n, currency: 'EUR' } };
  const reference = newId();
  const run = () => commitAsSystem(billing.deps, { kind: 'PREPAID_BUY', input, reference, now: billing.clock.now() });
  const charges = async (): Promise<string[]> => {
    const { rows } = await billing.admin.query('select id from payment where profile_id = $1', [payer.profile.id]);
    return rows.flatMap(({ id }) => billing.provider.charges(id));
  };
  return { ...payer, run, charges };
}

test('N17 what nobody asks for is quoted and charged once per reference, from however many sides', async () => {
  const { profile, run, charges } = await topUpOf('tok_approved');
  const outcomes = await Promise.all([run(), run(), run()]);
  for (const outcome of outcomes) expect(outcome).not.toBeInstanceOf(Refusal);
  const last = (await run()) as CommittedBySystem;
  expect(last).toMatchObject({ state: 'COMMITTED', done: { walletId: expect.any(String) } });
  expect(await charges()).toEqual(['2500 EUR']);
  expect(await billing.prepaidOf(profile)).toEqual({ '': 2_500 });
});

test('N17 a card that says no stays a no for this reference', async () => {
  const { run, charges } = await topUpOf('tok_declined_then_approved');
  expect(await run()).toMatchObject({ code: 'PAYMENT_DECLINED' });
  expect(await run()).toMatchObject({ code: 'PAYMENT_DECLINED' });
  expect(await charges()).toEqual([]);
});

test('N17 killed before the answer came: a later call gives what became of it', async () => {
  const { profile, run, charges } = await topUpOf('tok_times_out_after_charging');
  expect(await run()).toMatchObject({ state: 'PAYING' });
  at(billing, '2026-11-22T10:03:00.000Z');
  expect(await run()).toMatchObject({ state: 'COMMITTED' });
  expect(await charges()).toEqual(['2500 EUR']);
  expect(await billing.prepaidOf(profile)).toEqual({ '': 2_500 });
});

test('N17 what cannot be had leaves nothing behind, and may come again', async () => {
  const { profile, run } = await topUpOf('tok_approved');
  const move = (to: string) =>
    billing.admin.query(`update billing_profile set currency = $2 where id = $1`, [profile.id, to]);
  await move('USD');
  expect(await run()).toMatchObject({ code: 'CURRENCY_DIFFERS' });
  await move('EUR');
  expect(await run()).toMatchObject({ state: 'COMMITTED' });
});
