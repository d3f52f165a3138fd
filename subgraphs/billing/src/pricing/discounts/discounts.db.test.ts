import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { until } from '@comptoir/testing/until.ts';
import { personViewer, serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, WALLETS_OPEN } from '../../testing/billingFixture.ts';
import { type BooksFixture, openBooks } from '../../testing/booksFixture.ts';
import { loadCreditPack } from '../catalogue/creditPackStore.ts';
import { discountsFor, useMigrationDiscount } from './discountStore.ts';

let now = new Date('2026-11-22T10:00:00.000Z');
let billing: BooksFixture;
/** Of the graph, without what opens and ends transactions. */
let statements: string[] = [];
beforeAll(async () => {
  billing = await openBooks({
    onStatement(sql) {
      if (!/^\s*(begin|commit|rollback)/i.test(sql)) statements.push(sql);
    },
  });
});
afterAll(() => billing.stop());

/** What somebody pays less, read as quotes read it. */
const discounts = (of: Omit<Parameters<typeof discountsFor>[1], 'now'>) =>
  billing.system((tx) => discountsFor(tx, { ...of, now }));
const use = (id: string) => billing.system((tx) => useMigrationDiscount(tx, id, newId(), now));
const creditPack = (id: string, at = now) => billing.system((tx) => loadCreditPack(tx, id, at));

async function openAccount(): Promise<string> {
  const accountId = newId();
  await ask(WALLETS_OPEN, { input: { accountId, grant: true } }, serviceViewer('identity'));
  return accountId;
}

const staff = staffViewer();
async function ask(query: string, variables: object = {}, viewer: Viewer = staff): Promise<Answer> {
  const { data, errors } = await billing.execute(query, variables as never, viewer);
  expect(errors).toBeUndefined();
  return data;
}
const queryOf = (name: string, fields: string): string =>
  `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${fields} userErrors { code rule } } }`;
const mutation = (name: string, fields: string) => async (input: object) =>
  (await ask(queryOf(name, fields), { input }))[name] as Answer;
const PACK = 'pack { id kind credits retired prices { amount currency } }';
const packAdd = mutation('creditPackAdd', PACK);
const packPriceSet = mutation('creditPackPriceSet', PACK);
const packRetire = mutation('creditPackRetire', PACK);
const resellerSet = mutation('resellerDiscountSet', 'resellerDiscount { basisPoints since }');
const grant = mutation('migrationDiscountGrant', 'migrationDiscount { id basisPoints usedAt }');
const withdraw = mutation('migrationDiscountWithdraw', 'migrationDiscount { id withdrawnAt usedAt }');

describe('credit packs', () => {
  const PACKS = `query ($kind: CreditKind, $retired: Boolean, $first: Int, $after: String) {
    creditPacks(kind: $kind, retired: $retired, first: $first, after: $after) {
      nodes { id kind credits prices { amount currency } } pageInfo { hasNextPage endCursor } } }`;
  const packsOf = async (variables = {}): Promise<Answer[]> => (await ask(PACKS, variables)).creditPacks.nodes;

  test('A63 A67 A68 A69 there are packs of every kind, by kind and size, in EUR and USD', async () => {
    const packs = await packsOf();
    expect([...new Set(packs.map(({ kind }) => kind))]).toEqual(['INBOX_PREVIEW', 'SMS', 'TRACKER']);
    for (const { prices } of packs) expect(prices.map(({ currency }: Answer) => currency)).toEqual(['EUR', 'USD']);
    const trackers = await packsOf({ kind: 'TRACKER' });
    expect(trackers.map(({ credits }) => credits)).toEqual([100, 1_000, 10_000]);
    expect(await packsOf({ kind: 'MONEY' })).toEqual([]);
    const { nodes, pageInfo } = (await ask(PACKS, { first: 2 })).creditPacks;
    expect([...nodes, ...(await packsOf({ after: pageInfo.endCursor }))]).toEqual(packs);
  });

  test('A63 staff add a pack, change its price, end it, retire it; earlier prices stay readable', async () => {
    const prices = [
      { amount: '5.00', currency: 'EUR' },
      { amount: '600', currency: 'JPY' },
    ];
    const { pack } = await packAdd({ kind: 'SMS', credits: 42, prices });
    expect(pack).toMatchObject({ kind: 'SMS', credits: 42, retired: false, prices });
    const later = new Date(now.getTime() + 86_400_000);
    await packPriceSet({ packId: pack.id, currency: 'EUR', amount: '7', effectiveFrom: later.toISOString() });
    expect((await creditPack(pack.id))?.prices.get('EUR')).toBe(500n);
    expect((await creditPack(pack.id, later))?.prices.get('EUR')).toBe(700n);
    const ended = await packPriceSet({ packId: pack.id, currency: 'JPY' });
    expect(ended.pack.prices).toEqual([{ amount: '5.00', currency: 'EUR' }]);
    expect((await packRetire({ packId: pack.id })).pack).toMatchObject({ retired: true });
    expect((await packsOf({ kind: 'SMS' })).map(({ id }) => id)).not.toContain(pack.id);
    expect((await packsOf({ kind: 'SMS', retired: true })).map(({ id }) => id)).toContain(pack.id);

    const history =
      'query ($id: ID!) { creditPack(id: $id) { priceHistory { nodes { part currency price { amount } } } } }';
    const { nodes } = (await ask(history, { id: pack.id })).creditPack.priceHistory;
    expect(nodes.map(({ currency, price }: Answer) => [currency, price?.amount ?? null])).toEqual([
      ['EUR', '7.00'],
      ['JPY', null],
      ['JPY', '600'],
      ['EUR', '5.00'],
    ]);
  });

  const pack = { kind: 'TRACKER', credits: 10, prices: [] as object[] };
  test.each<[string, object]>([
    ['KIND_NOT_SOLD', { kind: 'MONEY', credits: 0 }],
    ['CREDITS_OUT_OF_BOUNDS', { credits: 0, prices: [{ amount: '1', currency: 'XQX' }] }],
    ['CREDITS_OUT_OF_BOUNDS', { credits: 1_000_000_001 }],
    ['PRICES_NOT_READABLE', { prices: [{ amount: '1', currency: 'XQX' }] }],
    ['PRICES_NOT_READABLE', { prices: [{ amount: '-1', currency: 'EUR' }] }],
    ['PRICES_NOT_READABLE', { prices: ['1', '2'].map((amount) => ({ amount, currency: 'EUR' })) }],
  ])('a pack is refused with %s: %j', async (code, of) => {
    expect(await packAdd({ ...pack, ...of })).toMatchObject({ pack: null, userErrors: [{ code }] });
  });

  test.each<[string, object]>([
    ['CURRENCY_UNKNOWN', { currency: 'euro' }],
    ['AMOUNT_NOT_READABLE', { amount: '0.001' }],
    ['EFFECTIVE_TOO_EARLY', { effectiveFrom: '2020-01-01T00:00:00Z' }],
    ['PACK_NOT_FOUND', {}],
  ])('a price of a pack is refused with %s: %j', async (code, of) => {
    const input = { packId: newId(), currency: 'EUR', amount: '1', ...of };
    expect(await packPriceSet(input)).toMatchObject({ pack: null, userErrors: [{ code }] });
  });

  test('no pack, no price in that currency: nothing', async () => {
    expect(await creditPack('none')).toBeNull();
    expect(await creditPack(newId())).toBeNull();
    expect((await packRetire({ packId: newId() })).userErrors).toMatchObject([{ code: 'PACK_NOT_FOUND' }]);
  });
});

describe('the reseller discount', () => {
  const DISCOUNTS = `query ($id: ID!) { _entities(representations: [{ __typename: "Account", id: $id }]) { ... on Account {
    resellerDiscount { basisPoints } resellerDiscounts { nodes { basisPoints since } } } } }`;
  const seen = async (id: string, viewer = staff) => (await ask(DISCOUNTS, { id }, viewer))._entities[0];

  test('A26 staff set it; the latest holds, earlier ones stay readable, and the partner sees its own only', async () => {
    const partner = await openAccount();
    const client = await openAccount();
    const [of, viewer] = [{ payerId: partner, accountId: client }, personViewer({ accountId: partner })];
    expect(await discounts(of)).toEqual({ resellerBasisPoints: 0, migration: null });
    expect(await seen(partner, viewer)).toMatchObject({ resellerDiscount: null });
    expect((await resellerSet({ accountId: partner, basisPoints: 2_000 })).resellerDiscount).toMatchObject({
      basisPoints: 2_000,
    });
    now = new Date(now.getTime() + 1_000);
    billing.clock.set(now);
    await resellerSet({ accountId: partner, basisPoints: 2_500 });
    expect(await discounts(of)).toMatchObject({ resellerBasisPoints: 2_500 });
    const { resellerDiscount, resellerDiscounts } = await seen(partner, viewer);
    expect(resellerDiscount).toEqual({ basisPoints: 2_500 });
    expect(resellerDiscounts.nodes).toMatchObject([{ basisPoints: 2_500 }, { basisPoints: 2_000 }]);
    const none = { resellerDiscount: null, resellerDiscounts: { nodes: [] } };
    expect(await seen(partner, personViewer({ accountId: client }))).toEqual(none);
  });

  test('P who set it, for whom, stands in the trail; so does what was refused', async () => {
    const accountId = await openAccount();
    await resellerSet({ accountId, basisPoints: 100 });
    await resellerSet({ accountId, basisPoints: -1 });
    const { rows } = await billing.admin.query(
      `select decision, code, accounts from access.trail where action = 'resellerDiscountSet' and user_id = $1
       order by seq desc limit 2`,
      [staff.userId],
    );
    expect(rows).toEqual([
      { decision: 'REFUSED', code: 'BASIS_POINTS_OUT_OF_BOUNDS', accounts: [] },
      { decision: 'DONE', code: null, accounts: [accountId] },
    ]);
  });

  test.each<[string, object]>([
    ['BASIS_POINTS_OUT_OF_BOUNDS', { basisPoints: -1 }],
    ['BASIS_POINTS_OUT_OF_BOUNDS', { basisPoints: 10_001 }],
    ['ACCOUNT_NOT_FOUND', {}],
    ['ACCOUNT_NOT_FOUND', { accountId: 'none' }],
  ])('is refused with %s: %j', async (code, of) => {
    expect((await resellerSet({ accountId: newId(), basisPoints: 1, ...of })).userErrors).toMatchObject([{ code }]);
  });
});

describe('the migration discount', () => {
  test('A26 N02 is granted to a payer for an account, and used once', async () => {
    const [payerId, accountId] = [await openAccount(), await openAccount()];
    const { migrationDiscount } = await grant({ payerId, accountId, basisPoints: 5_000 });
    expect(migrationDiscount).toMatchObject({ basisPoints: 5_000, usedAt: null });
    const { id } = migrationDiscount;
    expect(await discounts({ payerId, accountId, lock: true })).toMatchObject({
      migration: { id, basisPoints: 5_000 },
    });
    expect((await discounts({ payerId: accountId, accountId })).migration).toBeNull();
    await use(id);
    expect((await discounts({ payerId, accountId })).migration).toBeNull();
    await expect(use(id)).rejects.toThrow('was used or withdrawn');
    expect((await withdraw({ migrationDiscountId: id })).userErrors).toMatchObject([
      { code: 'ALREADY_USED', rule: 'A26' },
    ]);
  });

  test('A26 one waits at a time, ten at once too; a withdrawn one makes room and is not used', async () => {
    const accountId = await openAccount();
    const input = { payerId: accountId, accountId, basisPoints: 100 };
    const answers = await Promise.all(Array.from({ length: 10 }, () => grant(input)));
    const granted = answers.filter(({ migrationDiscount }) => migrationDiscount !== null);
    expect(granted).toHaveLength(1);
    expect(answers.flatMap(({ userErrors }) => userErrors).map(({ code }) => code)).toEqual(
      Array(9).fill('ALREADY_GRANTED'),
    );
    const { id } = granted[0].migrationDiscount;
    expect((await withdraw({ migrationDiscountId: id })).migrationDiscount.withdrawnAt).not.toBeNull();
    expect((await withdraw({ migrationDiscountId: id })).userErrors).toEqual([]);
    await expect(use(id)).rejects.toThrow('was used or withdrawn');
    expect((await grant(input)).userErrors).toEqual([]);
  });

  test('A26 N02 whoever withdraws it waits for a first charge under way, and then finds it used', async () => {
    const accountId = await openAccount();
    const { id } = (await grant({ payerId: accountId, accountId, basisPoints: 100 })).migrationDiscount;
    const { withdrawn } = await billing.system(async (tx) => {
      await discountsFor(tx, { payerId: accountId, accountId, now, lock: true });
      const withdrawn = withdraw({ migrationDiscountId: id });
      await until(async () => {
        const { rows } = await billing.admin.query(
          `select count(*)::integer as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows[0].n > 0;
      }, 'somebody to wait for the discount');
      await useMigrationDiscount(tx, id, newId(), now);
      return { withdrawn };
    });
    expect((await withdrawn).userErrors).toMatchObject([{ code: 'ALREADY_USED' }]);
  });

  test('many accounts ask no more statements than one', async () => {
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Account { resellerDiscount { basisPoints }
      resellerDiscounts(first: 2) { nodes { since } } migrationDiscounts(first: 2) { nodes { id } } } } }`;
    const statementsFor = async (count: number): Promise<number> => {
      statements = [];
      await ask(query, { of: Array.from({ length: count }, () => ({ __typename: 'Account', id: newId() })) });
      return statements.length;
    };
    expect(await statementsFor(20)).toBe(await statementsFor(1));
  });

  test('is seen by the payer, not by the client that it is for', async () => {
    const [payerId, accountId] = [await openAccount(), await openAccount()];
    await grant({ payerId, accountId, basisPoints: 300 });
    const query = `query ($id: ID!) { _entities(representations: [{ __typename: "Account", id: $id }]) { ... on Account {
      migrationDiscounts { nodes { basisPoints payer { id } account { id } } } } } }`;
    const seenBy = async (viewer: string) =>
      (await ask(query, { id: accountId }, personViewer({ accountId: viewer })))._entities[0];
    expect((await seenBy(payerId)).migrationDiscounts.nodes).toEqual([
      { basisPoints: 300, payer: { id: payerId }, account: { id: accountId } },
    ]);
    expect((await seenBy(accountId)).migrationDiscounts.nodes).toEqual([]);
  });

  test.each<[string, object]>([
    ['BASIS_POINTS_OUT_OF_BOUNDS', { basisPoints: 0 }],
    ['BASIS_POINTS_OUT_OF_BOUNDS', { basisPoints: 10_001 }],
    ['ACCOUNT_NOT_FOUND', { accountId: newId() }],
    ['PAYER_NOT_FOUND', { payerId: newId() }],
    ['PAYER_NOT_FOUND', { payerId: 'none' }],
  ])('is refused with %s: %j', async (code, of) => {
    const accountId = await openAccount();
    const { userErrors } = await grant({ accountId, payerId: accountId, basisPoints: 1, ...of });
    expect(userErrors).toMatchObject([{ code }]);
  });

  test('none to withdraw', async () => {
    expect((await withdraw({ migrationDiscountId: newId() })).userErrors).toMatchObject([
      { code: 'DISCOUNT_NOT_FOUND' },
    ]);
  });
});

test.each<[string, object]>([
  ['creditPackAdd', { kind: 'SMS', credits: 1, prices: [] }],
  ['creditPackPriceSet', { packId: 'none', currency: 'EUR' }],
  ['creditPackRetire', { packId: 'none' }],
  ['resellerDiscountSet', { accountId: 'none', basisPoints: 1 }],
  ['migrationDiscountGrant', { accountId: 'none', payerId: 'none', basisPoints: 1 }],
  ['migrationDiscountWithdraw', { migrationDiscountId: 'none' }],
])('%s needs staff with BILLING to write', async (name, input) => {
  const own = personViewer({ accountId: newId() });
  for (const viewer of [own, { ...staff, areas: { BILLING: 'READ' as const } }]) {
    const { errors } = await billing.execute(queryOf(name, ''), { input }, viewer);
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
});
