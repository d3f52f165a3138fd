import { newId } from '@comptoir/shared/values/uuid.ts';
import { serviceViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { reconcile } from '../../collecting/payments/collect.ts';
import { eventFor, WALLETS_OPEN } from '../../testing/billingFixture.ts';
import { at, codes, PLUS, type SubscriptionFixture, startSubscriptions } from '../../testing/subscriptionFixture.ts';

let billing: SubscriptionFixture;
beforeAll(async () => {
  billing = await startSubscriptions({ system: 8 });
});
afterAll(() => billing.stop());

const ACCEPTED = ['QUOTE_CHANGED', 'QUOTE_NOT_POSSIBLE', 'PAYMENT_PENDING', 'QUOTE_COMMITTED'];

test('everything at once on one profile: nothing waits in a circle, every answer is a yes or a typed no, and the books are sound', async () => {
  at(billing, '2027-01-31T10:00:00.000Z');
  const { accountId, viewer, profile } = await billing.payer();
  const clients = [newId(), newId(), newId()];
  for (const id of [accountId, ...clients]) {
    await billing.execute(WALLETS_OPEN, { input: { accountId: id, grant: true } }, serviceViewer('identity'));
    if (id !== accountId) await billing.partner(accountId, id);
  }
  await billing.topUp(profile, 20_000n);
  for (const client of clients) {
    await billing.done('subscriptionCreateQuote', { accountId: client, profileId: profile.id, ...PLUS }, viewer);
  }
  const { rows } = await billing.admin.query(
    `select id from credit_pack where kind = 'TRACKER' order by credits limit 1`,
  );
  const packId = rows[0].id;

  const answers: string[] = [];
  /** Quotes and commits; twice, with the same key, so that commits of one quote meet too. */
  const commit = async (operation: string, input: object): Promise<void> => {
    const { quote, userErrors } = await billing.ask(operation, input, viewer);
    if (quote === null) {
      answers.push(...codes({ userErrors }));
      return;
    }
    const key = newId();
    const both = await Promise.all([
      billing.commit(quote.token, viewer, key),
      billing.commit(quote.token, viewer, newId()),
    ]);
    answers.push(...both.map((answer) => codes(answer)[0] ?? 'DONE'));
  };
  const round = (client: string, n: number): Promise<unknown>[] => [
    commit('subscriptionChangeQuote', { accountId: client, plan: ['PROFESSIONAL', 'PLUS', 'ENTERPRISE'][n % 3] }),
    commit('prepaidBuyQuote', {
      profileId: profile.id,
      earmarkId: client,
      amount: { amount: '7.00', currency: 'EUR' },
    }),
    commit('creditsBuyQuote', { profileId: profile.id, packId, quantity: 1 }),
    commit('creditsAllocateQuote', { fromAccountId: accountId, toAccountId: client, kind: 'TRACKER', credits: 3 }),
    billing.chargeEvents([eventFor(client), eventFor(accountId)]),
    billing.renew(),
    reconcile(billing.config).run(billing.work as Parameters<ReturnType<typeof reconcile>['run']>[0], newId()),
  ];
  for (let n = 0; n < 3; n += 1) {
    at(billing, `2027-0${2 + n}-28T10:0${n}:00.000Z`);
    await Promise.all(clients.flatMap((client) => round(client, n)));
  }
  expect(answers.filter((answer) => answer === 'DONE').length).toBeGreaterThanOrEqual(9);
  const known = ['DONE', 'RENEWAL_PENDING', 'NOTHING_TO_CHANGE', 'INVOICE_UNPAID', ...ACCEPTED];
  expect(answers.filter((answer) => !known.includes(answer))).toEqual([]);
  expect(await billing.problems()).toEqual([]);
});
