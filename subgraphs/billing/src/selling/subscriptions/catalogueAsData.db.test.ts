import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type SubscriptionFixture, startSubscriptions } from '../../testing/subscriptionFixture.ts';

let billing: SubscriptionFixture;
beforeAll(async () => {
  billing = await startSubscriptions();
});
afterAll(() => billing.stop());

/** A mutation on the catalogue, by staff; expects it to go well and gives the plan's id. */
async function edit(name: string, input: object, viewer: Viewer = staffViewer()): Promise<string> {
  const query = `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { plan { id } userErrors { code } } }`;
  const { data, errors } = await billing.execute(query, { input }, viewer);
  expect(errors).toBeUndefined();
  const { plan, userErrors } = (data as any)[name];
  expect(userErrors).toEqual([]);
  return plan.id;
}

test('A19 the catalogue is data: a plan that staff add is sold as it is, and what is sold keeps its price when the catalogue changes', async () => {
  const TEAM = { product: 'SALES', plan: 'TEAM', title: 'Team', features: [], addOns: ['PIPELINES'] };
  const planId = await edit('cataloguePlanSet', { ...TEAM, rank: 30 });
  const price = async (part: string, item: string, amount?: string): Promise<void> =>
    void (await edit('cataloguePriceSet', { planId, part, item, frequency: 'MONTHLY', currency: 'EUR', amount }));
  await price('CONTACTS', '500', '41.00');
  await price('ADD_ON', 'PIPELINES', '9.00');

  const sold = { priceVersion: 'V3', product: 'SALES', plan: 'TEAM', contacts: 500, frequency: 'MONTHLY' };
  const { accountId, viewer, profile } = await billing.payer({ taxBasisPoints: 0 });
  const asked = { accountId, profileId: profile.id, ...sold, addOns: ['PIPELINES'] };
  const quote = await billing.done('subscriptionCreateQuote', asked, viewer);
  expect(quote).toMatchObject({ listValue: { amount: '50.00' }, perCycle: { amount: '50.00' } });

  await price('CONTACTS', '500', '61.00');
  billing.clock.set(new Date('2026-12-22T10:00:00.000Z'));
  await billing.renew();
  await billing.payOpen(accountId);
  expect((await billing.invoicesOf(accountId)).map(({ net, paid }) => [net, paid])).toEqual([
    [5_000, 5_000],
    [5_000, 5_000],
  ]);
  expect(await billing.subscriptionOf(accountId, viewer)).toMatchObject({ perCycle: { amount: '50.00' } });

  const another = await billing.payer({ taxBasisPoints: 0 });
  const next = { accountId: another.accountId, profileId: another.profile.id, ...sold };
  expect(await billing.quoted('subscriptionCreateQuote', next, another.viewer)).toMatchObject({
    listValue: { amount: '61.00' },
  });
  // What has no price any more is not sold any more.
  await price('CONTACTS', '500');
  const { quote: none, userErrors } = await billing.ask('subscriptionCreateQuote', next, another.viewer);
  expect([none, userErrors.length]).toEqual([null, 1]);
  expect(await billing.problems()).toEqual([]);
});
