import { newId } from '@comptoir/shared/values/uuid.ts';
import type { SubgraphFixture } from '@comptoir/testing/subgraphFixture.ts';
import { personViewer, serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startAccounts } from '../testing/startAccounts.ts';

let fixture: SubgraphFixture;
beforeAll(async () => {
  fixture = await startAccounts();
});
afterAll(() => fixture.stop());

const OPEN = 'mutation ($input: InternalAccountOpenInput!) { internalAccountOpen(input: $input) { accountId } }';
const CANCEL = `mutation ($input: AccountCancelInput!) { accountCancel(input: $input) { account { id status cancelledAt } userErrors { code rule } } }`;
const reason = 'We close our shop';

async function open(kind = 'CLIENT'): Promise<string> {
  const id = newId();
  const { errors } = await fixture.execute(OPEN, { input: { id, name: 'C', kind } }, serviceViewer('identity'));
  expect(errors).toBeUndefined();
  return id;
}
const cancel = async (viewer: ReturnType<typeof personViewer>, input: object): Promise<any> => {
  const { data, errors } = await fixture.execute(CANCEL, { input: { reason, ...input } }, viewer);
  return errors?.[0]?.extensions.code ?? data?.accountCancel;
};
const statusOf = async (id: string): Promise<string> =>
  (await fixture.admin.query('select status from account where id = $1', [id])).rows[0].status;

test('A61 its people cancel an account with a reason, and again changes nothing', async () => {
  const accountId = await open();
  const viewer = personViewer({ accountId });
  const first = await cancel(viewer, {});
  expect(first).toMatchObject({ account: { id: accountId, status: 'CANCELLED' }, userErrors: [] });
  expect(await cancel(viewer, { accountId })).toEqual(first);
});

test('A61 staff cancel any account but the provider’s own', async () => {
  const [accountId, provider] = [await open(), await open('PROVIDER')];
  expect(await cancel(staffViewer(provider), { accountId })).toMatchObject({ userErrors: [] });
  expect(await cancel(staffViewer(provider), {})).toMatchObject({
    account: null,
    userErrors: [{ code: 'ACCOUNT_IS_PROVIDER', rule: 'A61' }],
  });
});

test('A61 a partner cancels what it manages where PROVISIONING was granted for writing, and nothing else', async () => {
  const [partner, granted, linked] = [await open(), await open(), await open()];
  const reach = `insert into access.reach values ($1, $2, $3, $4, '[2020-01-01,)', $5)`;
  for (const [account, area, verb] of [
    [granted, 'LINK', 'READ'],
    [granted, 'PROVISIONING', 'WRITE'],
    [linked, 'LINK', 'READ'],
    [linked, 'PROVISIONING', 'READ'],
  ]) {
    await fixture.admin.query(reach, [partner, account, area, verb, newId()]);
  }
  const viewer = personViewer({ accountId: partner });
  expect(await cancel(viewer, { accountId: granted })).toMatchObject({ account: { status: 'CANCELLED' } });
  for (const accountId of [linked, newId(), 'no id']) {
    expect(await cancel(viewer, { accountId })).toEqual({
      account: null,
      userErrors: [{ code: 'ACCOUNT_NOT_FOUND', rule: null }],
    });
  }
  expect(await statusOf(linked)).toBe('ACTIVE');
});

test('A61 needs PROVISIONING for writing, oneself, and a reason', async () => {
  const accountId = await open();
  expect(await cancel(personViewer({ accountId, areas: { PROVISIONING: 'READ' } }), {})).toBe('FORBIDDEN');
  const actors = [{ userId: newId(), accountId: newId(), loginAsId: newId() }];
  expect(await cancel(personViewer({ accountId, actors }), {})).toBe('FORBIDDEN');
  for (const unreadable of [' x ', 'x'.repeat(501), 'zero \0 in it', 'half \ud800 of a pair']) {
    const refused = await cancel(personViewer({ accountId }), { reason: unreadable });
    expect(refused).toMatchObject({ userErrors: [{ code: 'REASON_NOT_READABLE' }] });
  }
  expect(await statusOf(accountId)).toBe('ACTIVE');
});
