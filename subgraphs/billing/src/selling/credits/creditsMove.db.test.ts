import { newId } from '@comptoir/shared/values/uuid.ts';
import { personViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventFor } from '../../testing/billingFixture.ts';
import { type CreditsFixture, openCredits, said } from '../../testing/creditsFixture.ts';

let credits: CreditsFixture;
let partner: string;
let client: string;
beforeAll(async () => {
  credits = await openCredits();
  partner = await credits.openAccount();
  client = await credits.openAccount();
  await credits.partner(partner, client);
});
afterAll(() => credits.stop());

const inDays = (days: number): Date => new Date(credits.clock.now().getTime() + days * 86_400_000);
const TAKE_BACK = `mutation ($input: CreditsTakeBackInput!) {
  creditsTakeBack(input: $input) { wallet { balance } fromWallet { balance } userErrors { code field rule } } }`;
const takeBackOf = (of: object = {}) => ({
  accountId: client,
  kind: 'TRACKER',
  credits: 1,
  idempotencyKey: newId(),
  ...of,
});

test('A63 credits are bought on a billing profile: a purchased lot that lasts, an invoice, a charged card', async () => {
  const account = await credits.openAccount();
  const profileId = await credits.addProfile(account);
  const packId = await credits.packOf('TRACKER', 100);
  const outcome = await credits.buy({ profileId, packId, quantity: 3 });
  expect(said(outcome)).toBe('COMMITTED');
  expect(await credits.balance(account)).toBe(300);
  const { rows } = await credits.admin.query(
    `select source, original::int, expires_at from lot join wallet on wallet.id = lot.wallet_id where account_id = $1`,
    [account],
  );
  expect(rows).toEqual([{ source: 'PURCHASED', original: 300, expires_at: null }]);
  const invoices = await credits.admin.query('select net::int from invoice where account_id = $1', [account]);
  expect(invoices.rows).toEqual([{ net: 2_700 }]);
  await credits.expectSound();
});

test('A63 the same purchase asked for again, and 20 times at once, is made once', async () => {
  const account = await credits.openAccount();
  const profileId = await credits.addProfile(account);
  const packId = await credits.packOf('SMS', 100);
  const reference = newId();
  const all = await Promise.all(Array.from({ length: 20 }, () => credits.buy({ profileId, packId }, reference)));
  expect(all.map(said)).toContain('COMMITTED');
  expect(said(await credits.buy({ profileId, packId }, reference))).toBe('COMMITTED');
  expect(await credits.balance(account, 'SMS')).toBe(100);
});

test('A63 what cannot be bought is refused, and nothing is booked', async () => {
  const account = await credits.openAccount();
  const profileId = await credits.addProfile(account);
  const packId = await credits.packOf('SMS', 100);
  expect(said(await credits.buy({ profileId, packId, quantity: 0 }))).toBe('QUANTITY_OUT_OF_BOUNDS');
  expect(said(await credits.buy({ profileId, packId, quantity: 1_001 }))).toBe('QUANTITY_OUT_OF_BOUNDS');
  expect(said(await credits.buy({ profileId: newId(), packId }))).toBe('PROFILE_NOT_FOUND');
  expect(said(await credits.buy({ profileId, packId: newId() }))).toBe('PACK_NOT_FOUND');
  const pounds = await credits.addProfile(account, { currency: 'GBP' });
  expect(said(await credits.buy({ profileId: pounds, packId }))).toBe('CURRENCY_WITHOUT_PRICE');
  const declined = await credits.addProfile(account, { token: 'tok_declined' });
  expect(said(await credits.buy({ profileId: declined, packId }))).toBe('PAYMENT_DECLINED');
  await credits.retire(packId, true);
  expect(said(await credits.buy({ profileId, packId }))).toBe('PACK_RETIRED');
  await credits.retire(packId, false);
  expect(await credits.balance(account, 'SMS')).toBe(0);
  await credits.expectSound();
});

test('P A63 allocated lots keep source, priority and expiry, in the order in which they would be spent', async () => {
  const [from, to] = [await credits.openAccount(), await credits.openAccount()];
  await credits.partner(from, to);
  const lasting = await credits.give(from, { credits: 50 });
  const soon = await credits.give(from, { credits: 20, expiresAt: inDays(5) });
  expect(said(await credits.allocate(from, to, 30))).toBe('COMMITTED');
  const { rows } = await credits.admin.query(
    `select original::int, source, expires_at, origin_lot_id from lot join wallet on wallet.id = lot.wallet_id
     where account_id = $1 order by expires_at nulls last`,
    [to],
  );
  expect(rows).toEqual([
    { original: 20, source: 'GRANTED', expires_at: inDays(5), origin_lot_id: soon },
    { original: 10, source: 'GRANTED', expires_at: null, origin_lot_id: lasting },
  ]);
  expect([await credits.balance(from), await credits.balance(to)]).toEqual([40, 30]);
  await credits.expectSound();
});

test('A63 what cannot be allocated is refused', async () => {
  const from = await credits.openAccount();
  await credits.partner(from, client);
  await credits.give(from, { credits: 10 });
  expect(said(await credits.allocate(from, client, 0))).toBe('CREDITS_OUT_OF_BOUNDS');
  expect(said(await credits.allocate(from, from, 1))).toBe('SAME_ACCOUNT');
  expect(said(await credits.allocate(from, newId(), 1))).toBe('ACCOUNT_NOT_FOUND');
  expect(said(await credits.allocate(client, from, 1))).toBe('NOT_A_CLIENT');
  expect(said(await credits.allocate(from, client, 11))).toBe('INSUFFICIENT_CREDIT');
  expect(said(await credits.allocate(from, client, 1, 'INBOX_PREVIEW'))).toBe('INSUFFICIENT_CREDIT');
  expect(await credits.balance(from)).toBe(10);
});

const MOVEMENTS = `query ($ids: [_Any!]!, $kind: CreditKind!) { _entities(representations: $ids) { ... on Account {
  creditMovements(kind: $kind) { nodes { type credits } } } } }`;
const movements = async (accountId: string, kind: string): Promise<string[]> => {
  const ids = [{ __typename: 'Account', id: accountId }];
  const { _entities } = (await credits.ask(MOVEMENTS, { ids, kind }, personViewer({ accountId }))) as any;
  return _entities[0].creditMovements.nodes.map((one: any) => `${one.type} ${one.credits}`);
};

test.each([
  ['TRACKER', 100],
  ['SMS', 100],
  ['INBOX_PREVIEW', 50],
] as const)(
  'A67 A68 A69 %s credits are bought on a profile, allocated to an account, taken back while unspent, and each step is in the history',
  async (kind, size) => {
    const [payer, to] = [await credits.openAccount(), await credits.openAccount()];
    await credits.partner(payer, to);
    const profileId = await credits.addProfile(payer);
    expect(said(await credits.buy({ profileId, packId: await credits.packOf(kind, size), quantity: 100 / size }))).toBe(
      'COMMITTED',
    );
    expect(await credits.balance(payer, kind)).toBe(100);
    expect(said(await credits.allocate(payer, to, 60, kind))).toBe('COMMITTED');
    expect([await credits.balance(payer, kind), await credits.balance(to, kind)]).toEqual([40, 60]);
    // Only TRACKER credits are spent today.
    const spent = kind === 'TRACKER' ? 10 : 0;
    if (spent > 0) await credits.charge(eventFor(to, { credits: spent }));
    expect(await credits.takeBack(to, payer, 61 - spent, kind)).toEqual(['NOT_ENOUGH_UNSPENT']);
    expect(await credits.takeBack(to, payer, 60 - spent, kind)).toEqual([]);
    expect([await credits.balance(payer, kind), await credits.balance(to, kind)]).toEqual([100 - spent, 0]);
    const back = 60 - spent;
    expect(await movements(payer, kind)).toEqual([`TAKE_BACK ${back}`, 'ALLOCATE -60', 'PURCHASE 100']);
    expect(await movements(to, kind)).toEqual([`TAKE_BACK -${back}`, 'ALLOCATE 60']);
    await credits.expectSound();
  },
);

test('A67 no SMS credits for an account on STARTER, neither allocated nor bought', async () => {
  const starter = await credits.openAccount();
  const profileId = await credits.addProfile(starter);
  await credits.partner(partner, starter);
  await credits.give(partner, { kind: 'SMS', credits: 5 });
  await addStarterSubscription(starter, profileId);
  expect(said(await credits.allocate(partner, starter, 1, 'SMS'))).toBe('SMS_NOT_IN_PLAN');
  expect(said(await credits.buy({ profileId, packId: await credits.packOf('SMS', 100) }))).toBe('SMS_NOT_IN_PLAN');
  expect(said(await credits.buy({ profileId, packId: await credits.packOf('TRACKER', 100) }))).toBe('COMMITTED');
  expect(said(await credits.allocate(partner, client, 1, 'SMS'))).toBe('COMMITTED');
  // It has no history, as a sold one would, and the checks would say so.
  await credits.admin.query('delete from subscription where account_id = $1', [starter]);
});

test('A69 what is unspent is taken back into the lots that it came from', async () => {
  const to = await credits.openAccount();
  await credits.partner(partner, to);
  const origin = await credits.give(partner, { credits: 30 });
  await credits.allocate(partner, to, 30);
  await credits.charge(eventFor(to, { credits: 12 }));
  const asked = (of: object) =>
    credits.ask(TAKE_BACK, { input: takeBackOf({ accountId: to, ...of }) }, personViewer({ accountId: partner }));
  const { creditsTakeBack: tooMuch } = await asked({ credits: 19 });
  expect(tooMuch.userErrors).toEqual([{ code: 'NOT_ENOUGH_UNSPENT', field: ['input', 'credits'], rule: 'A69' }]);
  const before = await credits.balance(partner);
  const { creditsTakeBack: done } = await asked({ credits: 18 });
  expect(done).toMatchObject({ wallet: { balance: before + 18 }, fromWallet: { balance: 0 }, userErrors: [] });
  const { rows } = await credits.admin.query('select remaining::int, original::int from lot where id = $1', [origin]);
  expect(rows).toEqual([{ remaining: 18, original: 30 }]);
  await credits.expectSound();
});

test('A69 only what the allocator allocated: not the own credits of the account, nor those of another partner', async () => {
  const other = await credits.openAccount();
  const to = await credits.openAccount();
  for (const one of [partner, other]) await credits.partner(one, to);
  await credits.give(to, { credits: 100 });
  await credits.give(other, { credits: 7 });
  await credits.allocate(other, to, 7);
  expect(await credits.takeBack(to, partner, 1)).toEqual(['NOT_ENOUGH_UNSPENT']);
  expect(await credits.takeBack(to, other, 8)).toEqual(['NOT_ENOUGH_UNSPENT']);
  expect(await credits.takeBack(to, other, 7)).toEqual([]);
  expect(await credits.balance(to)).toBe(100);
});

test('A69 the same key takes back once; a client, or a partner without BILLING:WRITE there, takes back nothing', async () => {
  const to = await credits.openAccount();
  await credits.give(partner, { credits: 10 });
  await credits.partner(partner, to);
  await credits.allocate(partner, to, 10);
  await credits.admin.query('delete from access.reach where account = $1', [to]);
  expect(await credits.takeBack(to, partner, 1)).toEqual(['ACCOUNT_NOT_FOUND']);
  const stolen = await credits.ask(
    TAKE_BACK,
    { input: takeBackOf({ accountId: to, allocatorId: partner }) },
    personViewer({ accountId: to }),
  );
  expect(stolen.creditsTakeBack.userErrors).toMatchObject([
    { code: 'ACCOUNT_NOT_FOUND', field: ['input', 'allocatorId'] },
  ]);
  await credits.partner(partner, to);
  const input = takeBackOf({ accountId: to, credits: 4 });
  const again = await Promise.all(
    Array.from({ length: 20 }, () => credits.ask(TAKE_BACK, { input }, personViewer({ accountId: partner }))),
  );
  for (const { creditsTakeBack } of again) expect(creditsTakeBack.userErrors).toEqual([]);
  expect(await credits.balance(to)).toBe(6);
  const reused = await credits.ask(
    TAKE_BACK,
    { input: { ...input, credits: 5 } },
    personViewer({ accountId: partner }),
  );
  expect(reused.creditsTakeBack.userErrors).toMatchObject([{ code: 'IDEMPOTENCY_KEY_REUSED' }]);
});

test.each([
  [{ idempotencyKey: '' }, 'IDEMPOTENCY_KEY_NOT_READABLE'],
  [{ kind: 'MONEY' }, 'KIND_NOT_ALLOCATED'],
  [{ credits: 0 }, 'CREDITS_OUT_OF_BOUNDS'],
  [{ credits: 1_000_000_001 }, 'CREDITS_OUT_OF_BOUNDS'],
  [{ accountId: 'nobody' }, 'ACCOUNT_NOT_FOUND'],
])('A69 %j is refused: %s', async (of, code) => {
  const { creditsTakeBack } = await credits.ask(
    TAKE_BACK,
    { input: takeBackOf(of) },
    personViewer({ accountId: partner }),
  );
  expect(creditsTakeBack.userErrors).toMatchObject([{ code }]);
});

test('A69 nothing is taken back from oneself, nor with BILLING:READ alone', async () => {
  const own = await credits.ask(
    TAKE_BACK,
    { input: takeBackOf({ accountId: partner }) },
    personViewer({ accountId: partner }),
  );
  expect(own.creditsTakeBack.userErrors).toMatchObject([{ code: 'SAME_ACCOUNT' }]);
  const reader = personViewer({ accountId: partner, role: 'MEMBER', areas: { BILLING: 'READ' } });
  const { errors } = await credits.execute(TAKE_BACK, { input: takeBackOf() }, reader);
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

/** As a sale would leave it, for what asks which plan an account has. */
async function addStarterSubscription(accountId: string, profileId: string): Promise<void> {
  await credits.admin.query(
    `insert into subscription (id, account_id, profile_id, payer_id, cycle_profile_id, terms, currency, per_cycle, anchor, period_index, period_from, period_to,
                               time_zone, due_at, status, purchased_at)
     values ($1, $2, $3, $2, $3, '{"plan": "STARTER"}', 'EUR', 0, '2026-11-01', 0, '2026-11-01', '2026-12-01', 'UTC', '2026-12-01', 'ACTIVE', '2026-11-01')`,
    [newId(), accountId, profileId],
  );
}
