import { newId } from '@comptoir/shared/values/uuid.ts';
import type { SubgraphFixture } from '@comptoir/testing/subgraphFixture.ts';
import { personViewer, serviceViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startAccounts } from '../testing/startAccounts.ts';

const NAMES = 'query ($ids: [ID!]!) { internalAccountNames(ids: $ids) { id name isProvider createdAt } }';

let home: SubgraphFixture;
beforeAll(async () => {
  home = await startAccounts();
});
afterAll(() => home.stop());

test('services get names for their mails; what does not exist is left out', async () => {
  const id = newId();
  const createdAt = '2026-03-01T10:00:00.000Z';
  await home.admin.query(`insert into account values ($1, 'CLIENT', 'Ada’s', $2)`, [id, createdAt]);
  const { data } = await home.execute(NAMES, { ids: [id, newId(), 'nonsense'] }, serviceViewer('trackers'));
  expect(data).toEqual({ internalAccountNames: [{ id, name: 'Ada’s', isProvider: false, createdAt }] });
});

test('names in bulk are for services only', async () => {
  const { data, errors } = await home.execute(NAMES, { ids: [newId()] }, personViewer({ accountId: newId() }));
  expect(data).toBeNull();
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', rule: 'service' });
});
