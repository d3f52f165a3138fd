import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Answer } from '../../testing/billingFixture.ts';
import { type CreditsFixture, openCredits } from '../../testing/creditsFixture.ts';

let credits: CreditsFixture;
let partner: string;
let client: string;
let profileId: string;
beforeAll(async () => {
  credits = await openCredits();
  partner = await credits.openAccount();
  client = await credits.openAccount();
  await credits.partner(partner, client);
  profileId = await credits.addProfile(partner);
});
afterAll(() => credits.stop());

const QUOTE = `quote { token account { id } listValue { amount } resellerDiscount { amount } migrationDiscount { amount } perCycle { amount } prorated { amount currency }
  taxToday { amount } chargedToday { amount } lines { kind description quantity amount { amount } } } userErrors { code field rule }`;
const BUY = `mutation ($input: CreditsBuyQuoteInput!) { creditsBuyQuote(input: $input) { ${QUOTE} } }`;
const ALLOCATE = `mutation ($input: CreditsAllocateQuoteInput!) { creditsAllocateQuote(input: $input) { ${QUOTE} } }`;
const COMMIT = `mutation ($input: QuoteCommitInput!) { quoteCommit(input: $input) { quote { state } userErrors { code } } }`;
const DISCOUNT = `mutation ($input: ResellerDiscountSetInput!) { resellerDiscountSet(input: $input) { userErrors { code } } }`;

const asPartner = (of: Partial<PersonViewer> = {}) => personViewer({ accountId: partner, ...of });
async function buy(input: object, viewer = asPartner()): Promise<Answer> {
  return (await credits.ask(BUY, { input }, viewer)).creditsBuyQuote;
}
async function allocate(of: object, viewer = asPartner()): Promise<Answer> {
  const input = { fromAccountId: partner, toAccountId: client, kind: 'TRACKER', credits: 10, ...of };
  return (await credits.ask(ALLOCATE, { input }, viewer)).creditsAllocateQuote;
}
async function commit(token: string, viewer = asPartner()): Promise<Answer> {
  return (await credits.ask(COMMIT, { input: { token, idempotencyKey: newId() } }, viewer)).quoteCommit;
}

test('A26 A63 a purchase is quoted with list price, reseller discount and tax, and charged exactly that', async () => {
  await credits.ask(DISCOUNT, { input: { accountId: partner, basisPoints: 1_500 } }, staffViewer());
  await credits.admin.query('update billing_profile set tax_basis_points = 2000 where id = $1', [profileId]);
  const { quote, userErrors } = await buy({ profileId, packId: await credits.packOf('TRACKER', 1_000), quantity: 2 });
  expect(userErrors).toEqual([]);
  expect(quote).toMatchObject({
    account: { id: partner },
    listValue: { amount: '158.00' },
    resellerDiscount: { amount: '23.70' },
    migrationDiscount: { amount: '0.00' },
    perCycle: null,
    prorated: { amount: '134.30', currency: 'EUR' },
    taxToday: { amount: '26.86' },
    chargedToday: { amount: '161.16' },
    lines: [
      { kind: 'CREDITS', description: '1,000 tracker credits', quantity: 2, amount: { amount: '158.00' } },
      { kind: 'DISCOUNT', quantity: 1, amount: { amount: '-23.70' } },
    ],
  });
  expect(await commit(quote.token)).toEqual({ quote: { state: 'COMMITTED' }, userErrors: [] });
  expect(await credits.balance(partner)).toBe(2_000);
  const { rows } = await credits.admin.query('select net::int, gross::int from invoice where payer_id = $1', [partner]);
  expect(rows).toEqual([{ net: 13_430, gross: 16_116 }]);
  await credits.expectSound();
});

test('A63 an allocation is quoted, costs nothing, and is done when it is committed; what was spent meanwhile refuses it', async () => {
  await credits.give(partner, { kind: 'INBOX_PREVIEW', credits: 10 });
  const asked = { kind: 'INBOX_PREVIEW', credits: 7 };
  const [first, second] = [await allocate(asked), await allocate(asked)];
  expect(first.quote).toMatchObject({ account: { id: client }, prorated: null, chargedToday: null, lines: [] });
  expect(await credits.balance(client, 'INBOX_PREVIEW')).toBe(0);
  expect((await commit(first.quote.token)).userErrors).toEqual([]);
  expect(await credits.balance(client, 'INBOX_PREVIEW')).toBe(7);
  expect((await commit(second.quote.token)).userErrors).toMatchObject([{ code: 'QUOTE_NOT_POSSIBLE' }]);
  expect(await credits.balance(partner, 'INBOX_PREVIEW')).toBe(3);
});

test('A63 whoever may not change the credits of both sides gets no quote: neither the client nor a stranger, nor a partner to a stranger', async () => {
  const stranger = await credits.openAccount();
  for (const [viewer, of, field] of [
    [personViewer({ accountId: client }), {}, 'fromAccountId'],
    [personViewer({ accountId: stranger }), {}, 'fromAccountId'],
    [asPartner(), { toAccountId: stranger }, 'toAccountId'],
    [asPartner(), { fromAccountId: stranger, toAccountId: client }, 'fromAccountId'],
  ] as const) {
    const { quote, userErrors } = await allocate(of, viewer);
    expect(quote).toBeNull();
    expect(userErrors).toMatchObject([{ code: 'ACCOUNT_NOT_FOUND', field: ['input', field] }]);
  }
  const reader = asPartner({ role: 'MEMBER', areas: { BILLING: 'READ' } });
  const input = { fromAccountId: partner, toAccountId: client, kind: 'TRACKER', credits: 1 };
  const { errors } = await credits.execute(ALLOCATE, { input }, reader);
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test('A63 credits go from a partner to its clients: it cannot take what a client bought or was given, nor move it to another client', async () => {
  const other = await credits.openAccount();
  await credits.partner(partner, other);
  await credits.give(client, { kind: 'INBOX_PREVIEW', credits: 10 });
  for (const toAccountId of [partner, other]) {
    const taken = { fromAccountId: client, toAccountId, kind: 'INBOX_PREVIEW', credits: 1 };
    const { userErrors } = await allocate(taken);
    expect(userErrors).toMatchObject([{ code: 'NOT_A_CLIENT', rule: 'A63' }]);
  }
});

test('A63 nobody buys with the profile of another', async () => {
  const packId = await credits.packOf('TRACKER', 100);
  const { userErrors } = await buy({ profileId, packId, quantity: 1 }, personViewer({ accountId: client }));
  expect(userErrors).toMatchObject([{ code: 'PROFILE_NOT_FOUND' }]);
});

test.each([
  [{ credits: 0 }, 'CREDITS_OUT_OF_BOUNDS'],
  [{ credits: 1_000_000_001 }, 'CREDITS_OUT_OF_BOUNDS'],
  [{ toAccountId: 'SELF' }, 'SAME_ACCOUNT'],
  [{ kind: 'SMS' }, 'INSUFFICIENT_CREDIT'],
  [{ kind: 'MONEY' }, 'KIND_NOT_ALLOCATED'],
])('A63 an allocation of %j is refused: %s', async (of, code) => {
  const { userErrors } = await allocate('toAccountId' in of ? { toAccountId: partner } : of);
  expect(userErrors).toMatchObject([{ code }]);
});

test.each([
  [{ quantity: 0 }, 'QUANTITY_OUT_OF_BOUNDS'],
  [{ quantity: 1_001 }, 'QUANTITY_OUT_OF_BOUNDS'],
  [{ packId: newId() }, 'PACK_NOT_FOUND'],
])('A63 a purchase of %j is refused: %s', async (of, code) => {
  const { userErrors } = await buy({ profileId, packId: await credits.packOf('TRACKER', 100), quantity: 1, ...of });
  expect(userErrors).toMatchObject([{ code }]);
});
