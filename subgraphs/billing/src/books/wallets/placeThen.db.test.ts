import { newId } from '@comptoir/shared/values/uuid.ts';
import { serviceViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BillingFixture, startBilling, WALLETS_OPEN } from '../../testing/billingFixture.ts';

const now = new Date('2026-11-22T12:00:00Z');
let billing: BillingFixture;
beforeAll(async () => {
  billing = await startBilling({ clock: { now: () => now } });
});
afterAll(() => billing.stop());

const PLACE = 'query ($id: ID!, $at: DateTime) { internalWalletPlace(id: $id, at: $at) { accountId } }';

test('N08 a wallet is there from the instant on at which it was opened', async () => {
  const accountId = newId();
  await billing.execute(WALLETS_OPEN, { input: { accountId, grant: true } }, serviceViewer('identity'));
  const { rows } = await billing.admin.query('select id from wallet where account_id = $1', [accountId]);
  const asked = [-1, 0, 1, null].map(async (after) => {
    const at = after === null ? null : new Date(now.getTime() + after).toISOString();
    const { data } = await billing.execute(PLACE, { id: rows[0].id, at }, serviceViewer('identity'));
    return data?.['internalWalletPlace'];
  });
  expect(await Promise.all(asked)).toEqual([null, { accountId }, { accountId }, { accountId }]);
});
