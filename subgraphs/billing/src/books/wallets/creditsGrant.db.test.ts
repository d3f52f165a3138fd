import { newId } from '@comptoir/shared/values/uuid.ts';
import { personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type BillingFixture, startBilling } from '../../testing/billingFixture.ts';

let billing: BillingFixture;
beforeAll(async () => {
  billing = await startBilling();
});
afterAll(() => billing.stop());

const GRANT = `mutation ($input: CreditsGrantInput!) { creditsGrant(input: $input) {
  wallet { id kind balance } lot { id original source expiresAt } userErrors { code field } } }`;
const staff = staffViewer();
const inputFor = (accountId: string, of = {}) => ({
  accountId,
  kind: 'TRACKER',
  credits: 50,
  reason: 'GOODWILL',
  idempotencyKey: newId(),
  ...of,
});

async function grant(input: object, viewer = staff): Promise<Answer> {
  const { data, errors } = await billing.execute(GRANT, { input }, viewer);
  expect(errors).toBeUndefined();
  return data?.creditsGrant;
}

test('staff give credits: a lot, a balance, and books that sum to zero', async () => {
  const accountId = await billing.openAccount();
  const { wallet, lot, userErrors } = await grant(inputFor(accountId));
  expect(userErrors).toEqual([]);
  expect(wallet).toMatchObject({ kind: 'TRACKER', balance: 150 });
  expect(lot).toMatchObject({ original: 50, source: 'GRANTED', expiresAt: null });
  expect(await billing.balanceOf(accountId)).toBe(150);
  const sums = await billing.admin.query(
    'select sum(amount)::int as sum from ledger_entry group by transaction_id having sum(amount) <> 0',
  );
  expect(sums.rows).toEqual([]);
});

test('a wallet of another kind is opened with its first credits', async () => {
  const accountId = await billing.openAccount();
  const { wallet } = await grant(inputFor(accountId, { kind: 'SMS', credits: 7 }));
  expect(wallet).toMatchObject({ kind: 'SMS', balance: 7 });
});

test('the same key and input give the first answer, one after another and 50 at once; the credits come once', async () => {
  const accountId = await billing.openAccount();
  const input = inputFor(accountId);
  const first = await grant(input);
  const again = await Promise.all(Array.from({ length: 50 }, () => grant(input)));
  // On a busy machine some of them may be told to ask again.
  const told = again.filter(({ lot }) => lot === null);
  for (const { userErrors } of told) expect(userErrors).toMatchObject([{ code: 'IDEMPOTENCY_KEY_IN_USE' }]);
  expect(new Set(again.filter(({ lot }) => lot !== null).map(({ lot }) => lot.id))).toEqual(new Set([first.lot.id]));
  expect(await billing.balanceOf(accountId)).toBe(150);
});

test('the same key with another input is refused, before anything is looked at', async () => {
  const accountId = await billing.openAccount();
  const input = inputFor(accountId);
  await grant(input);
  expect(await grant({ ...input, credits: 51 })).toMatchObject({
    lot: null,
    userErrors: [{ code: 'IDEMPOTENCY_KEY_REUSED' }],
  });
  expect(await grant({ ...input, credits: -1, accountId: newId() })).toMatchObject({
    userErrors: [{ code: 'IDEMPOTENCY_KEY_REUSED' }],
  });
  expect(await billing.balanceOf(accountId)).toBe(150);
});

test('keys are per account: another account’s people may use the same', async () => {
  const accountId = await billing.openAccount();
  const input = inputFor(accountId);
  await grant(input);
  expect((await grant({ ...input, credits: 51 }, staffViewer())).userErrors).toEqual([]);
});

test('a refusal is not remembered', async () => {
  const idempotencyKey = newId();
  const accountId = newId();
  expect(await grant(inputFor(accountId, { idempotencyKey }))).toMatchObject({
    userErrors: [{ code: 'ACCOUNT_NOT_FOUND' }],
  });
  expect((await grant(inputFor(await billing.openAccount(), { idempotencyKey }))).userErrors).toEqual([]);
});

test.each([
  ['KIND_NOT_GRANTED', { kind: 'MONEY' }],
  ['CREDITS_OUT_OF_BOUNDS', { credits: 0 }],
  ['CREDITS_OUT_OF_BOUNDS', { credits: -5 }],
  ['CREDITS_OUT_OF_BOUNDS', { credits: 10_000_001 }],
  ['EXPIRES_TOO_SOON', { expiresAt: '2020-01-01T00:00:00Z' }],
  ['ACCOUNT_NOT_FOUND', { accountId: 'not an id' }],
  ['IDEMPOTENCY_KEY_NOT_READABLE', { idempotencyKey: '' }],
  ['IDEMPOTENCY_KEY_NOT_READABLE', { idempotencyKey: 'x'.repeat(201) }],
])('refuses with %s what cannot be given: %j', async (code, of) => {
  const accountId = await billing.openAccount();
  const before = await billing.bookSizes();
  expect((await grant(inputFor(accountId, of))).userErrors).toMatchObject([{ code }]);
  expect(await billing.bookSizes()).toBe(before);
});

test('needs staff with BILLING to write', async () => {
  const accountId = await billing.openAccount();
  for (const viewer of [personViewer({ accountId }), { ...staffViewer(), areas: { BILLING: 'READ' as const } }]) {
    const { errors } = await billing.execute(GRANT, { input: inputFor(accountId) }, viewer);
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
  expect(await billing.balanceOf(accountId)).toBe(100);
});
