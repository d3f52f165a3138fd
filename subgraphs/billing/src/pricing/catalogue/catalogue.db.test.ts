import { personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, type BillingFixture, startBilling } from '../../testing/billingFixture.ts';
import { priceOf } from '../prices/price.ts';

let now = new Date('2026-11-22T10:00:00.000Z');
const clock = { now: () => now };
let billing: BillingFixture;
beforeAll(async () => {
  billing = await startBilling({ clock });
});
afterAll(() => billing.stop());

const staff = staffViewer();
const PLAN = `id priceVersion product plan title kind rank trialDays features retired
  contactTiers { contacts prices { frequency price { amount currency } } }
  limits { item included offered custom { least most } step prices { frequency price { amount currency } } }
  addOns { addOn prices { frequency price { amount currency } } }`;
const PLANS = `query ($priceVersion: PriceVersion, $retired: Boolean, $first: Int, $after: String) {
  cataloguePlans(priceVersion: $priceVersion, retired: $retired, first: $first, after: $after) {
    nodes { ${PLAN} } pageInfo { hasNextPage endCursor } } }`;
const HISTORY = `query ($id: ID!, $first: Int, $after: String) { cataloguePlan(id: $id) { ${PLAN}
  priceHistory(first: $first, after: $after) { nodes { part item frequency currency price { amount } effectiveFrom } pageInfo { hasNextPage endCursor } } } }`;

async function ask(query: string, variables: object = {}, viewer = staff): Promise<Answer> {
  const { data, errors } = await billing.execute(query, variables as never, viewer);
  expect(errors).toBeUndefined();
  return data;
}
const mutation = (name: string, fields: string) => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input!`;
  return async (input: object, viewer = staff): Promise<Answer> =>
    (
      await ask(
        `mutation ($input: ${type}) { ${name}(input: $input) { ${fields} userErrors { code field rule } } }`,
        { input },
        viewer,
      )
    )[name];
};
const planSet = mutation('cataloguePlanSet', `plan { ${PLAN} }`);
const planRetire = mutation('cataloguePlanRetire', 'plan { id retired }');
const limitSet = mutation('catalogueLimitSet', `plan { ${PLAN} }`);
const priceSet = mutation('cataloguePriceSet', `plan { ${PLAN} }`);
const plansOf = async (variables = {}): Promise<Answer[]> => (await ask(PLANS, variables)).cataloguePlans.nodes;
const planNamed = async (plan: string): Promise<Answer> => (await plansOf()).find((one) => one.plan === plan);

describe('the catalogue that an installation starts with', () => {
  test('A19 A20 A21 A50 A57 price versions, products and plans, in order of their rank', async () => {
    expect(
      (await plansOf()).map(({ priceVersion, product, plan, kind }) => [priceVersion, product, plan, kind]),
    ).toEqual([
      ['V1', 'EM', 'TRIAL', 'TRIAL'],
      ['V1', 'EM', 'SANDBOX', 'SANDBOX'],
      ['V3', 'MARKETING', 'STARTER', 'PAID'],
      ['V3', 'MARKETING', 'PLUS', 'PAID'],
      ['V3', 'MARKETING', 'PROFESSIONAL', 'PAID'],
      ['V3', 'MARKETING', 'ENTERPRISE', 'PAID'],
    ]);
    expect(await plansOf({ priceVersion: 'V1' })).toMatchObject([
      { trialDays: 14, contactTiers: [] },
      { trialDays: null },
    ]);
  });

  test('A22 A23 each paid plan has contact tiers with a price by month and by year, in EUR and in USD', async () => {
    for (const { contactTiers } of await plansOf({ priceVersion: 'V3' })) {
      expect(contactTiers.length).toBeGreaterThan(3);
      for (const { prices } of contactTiers) {
        const sold = prices.map(({ frequency, price }: Answer) => `${frequency} ${price.currency}`);
        expect(sold.sort()).toEqual(['ANNUAL EUR', 'ANNUAL USD', 'MONTHLY EUR', 'MONTHLY USD']);
      }
    }
  });

  test('A24 A25 A67 limits with CUSTOM, PIPELINES from PLUS up, SMS not for STARTER', async () => {
    const plans = await plansOf({ priceVersion: 'V3' });
    for (const { limits } of plans) {
      expect(limits.map(({ item }: Answer) => item)).toEqual(['ACTIVITIES', 'CUSTOM_REPORTS', 'EMAIL_SENDS']);
      for (const { offered, included, custom } of limits) {
        expect(offered).toContain(included);
        expect(custom.least).toBeLessThan(custom.most);
      }
    }
    const having = (has: (plan: Answer) => boolean) => plans.filter(has).map(({ plan }) => plan);
    const fromPlus = ['PLUS', 'PROFESSIONAL', 'ENTERPRISE'];
    expect(having(({ addOns }) => addOns.some(({ addOn }: Answer) => addOn === 'PIPELINES'))).toEqual(fromPlus);
    expect(having(({ features }) => features.includes('SMS'))).toEqual(fromPlus);
  });

  test('every selection of an offered value, contact tier, frequency and currency has a price', async () => {
    const { loadPlans } = await import('./catalogueStore.ts');
    const { rows } = await billing.admin.query(`select id from catalogue_plan where kind = 'PAID'`);
    const query = async (sql: string, parameters: unknown[]) => (await billing.admin.query(sql, parameters)).rows;
    const plans = await loadPlans(
      { query } as never,
      rows.map(({ id }) => id),
      now,
    );
    expect(plans).toHaveLength(4);
    for (const plan of plans) {
      const { priceVersion, product, tiers } = plan;
      const limits = plan.limits.map(({ item, offered }) => ({ item, value: offered.at(-1) ?? null, custom: false }));
      const addOns = plan.addOns.map(({ addOn }) => addOn);
      for (const currency of ['EUR', 'USD']) {
        for (const frequency of ['MONTHLY', 'ANNUAL'] as const) {
          for (const { contacts } of tiers) {
            const selection = { priceVersion, product, plan: plan.plan, contacts, frequency, limits, addOns };
            expect(priceOf(selection, plan, currency)).toMatchObject({ list: expect.any(BigInt) });
          }
        }
      }
    }
  });

  test('pages, and asks no more statements for more plans', async () => {
    billing.statements();
    const one = (await ask(PLANS, { first: 1 })).cataloguePlans;
    const few = billing.statements().length;
    const five = (await ask(PLANS, { first: 5, after: one.pageInfo.endCursor })).cataloguePlans;
    expect(billing.statements()).toHaveLength(few);
    expect(five.nodes).toHaveLength(5);
    expect(five.pageInfo.hasNextPage).toBe(false);
    const history =
      'query ($n: Int) { cataloguePlans(first: $n) { nodes { priceHistory(first: 2) { nodes { id } } } } }';
    await ask(history, { n: 1 });
    const single = billing.statements().length;
    await ask(history, { n: 6 });
    expect(billing.statements()).toHaveLength(single);
  });
});

describe('staff edit it', () => {
  test('A19 a plan is added and priced; set again, it is changed', async () => {
    const { plan, userErrors } = await planSet({
      product: 'SALES',
      plan: 'TEAM',
      title: ' Team ',
      rank: 30,
      features: ['SMS'],
      addOns: ['PIPELINES'],
    });
    expect(userErrors).toEqual([]);
    expect(plan).toMatchObject({ priceVersion: 'V3', title: 'Team', kind: 'PAID', contactTiers: [], limits: [] });
    const at = { planId: plan.id, frequency: 'MONTHLY', currency: 'JPY' };
    await priceSet({ ...at, part: 'CONTACTS', item: '500', amount: '1200' });
    const limit = { planId: plan.id, item: 'SEATS', title: 'Seats', included: 3, offered: [3, 5], step: 1 };
    await limitSet({ ...limit, custom: { least: 1, most: 50 } });
    await priceSet({ ...at, part: 'LIMIT', item: 'SEATS', amount: '300' });
    const priced = await priceSet({ ...at, part: 'ADD_ON', item: 'PIPELINES', amount: '900' });
    const yen = (amount: string) => [{ frequency: 'MONTHLY', price: { amount, currency: 'JPY' } }];
    expect(priced.plan).toMatchObject({
      contactTiers: [{ contacts: 500, prices: yen('1200') }],
      limits: [{ item: 'SEATS', included: 3, offered: [3, 5], custom: { least: 1, most: 50 }, prices: yen('300') }],
      addOns: [{ addOn: 'PIPELINES', prices: yen('900') }],
    });
    const again = await planSet({ product: 'SALES', plan: 'TEAM', title: 'Teams', rank: 31, features: [], addOns: [] });
    expect(again.plan).toMatchObject({ id: plan.id, title: 'Teams', rank: 31, features: [], addOns: [] });
    const removed = await limitSet({ ...limit, removed: true });
    expect(removed.plan.limits).toEqual([]);
  });

  test('A19 a price holds from its instant on; what was set before stays readable', async () => {
    const { id } = await planNamed('STARTER');
    const at = { planId: id, part: 'CONTACTS', item: '1000', frequency: 'MONTHLY', currency: 'EUR' };
    const monthly = async () => {
      const { cataloguePlan } = await ask(HISTORY, { id });
      const [tier] = cataloguePlan.contactTiers;
      return tier.prices.find(({ frequency, price }: Answer) => frequency === 'MONTHLY' && price.currency === 'EUR')
        ?.price.amount;
    };
    expect(await monthly()).toBe('15.00');
    await priceSet({ ...at, amount: '17.50', effectiveFrom: '2026-12-01T00:00:00.000Z' });
    expect(await monthly()).toBe('15.00');
    await priceSet({ ...at, amount: '16' });
    expect(await monthly()).toBe('16.00');
    now = new Date('2026-12-01T00:00:00.000Z');
    expect(await monthly()).toBe('17.50');
    await priceSet(at);
    expect(await monthly()).toBeUndefined();

    const { nodes, pageInfo } = (await ask(HISTORY, { id, first: 3 })).cataloguePlan.priceHistory;
    expect(nodes.map(({ price }: Answer) => price?.amount ?? null)).toEqual([null, '17.50', '16.00']);
    expect(nodes[0]).toMatchObject({ part: 'CONTACTS', item: '1000', currency: 'EUR' });
    const rest = (await ask(HISTORY, { id, first: 100, after: pageInfo.endCursor })).cataloguePlan.priceHistory.nodes;
    const started = rest.filter(
      ({ item, frequency, currency }: Answer) => item === '1000' && frequency === 'MONTHLY' && currency === 'EUR',
    );
    expect(started).toMatchObject([{ price: { amount: '15.00' } }]);
  });

  test('A19 of one instant the price and the limit that were set last hold, whichever process made the ids', async () => {
    const { id } = await planNamed('PLUS');
    const at = { planId: id, part: 'CONTACTS', item: '1000', frequency: 'ANNUAL', currency: 'USD' };
    const limit = { planId: id, item: 'SEATS', title: 'Seats', offered: [3, 5], step: 1 };
    await priceSet({ ...at, amount: '111.00' });
    await limitSet({ ...limit, included: 3 });
    // As another process makes ids whose clock is ahead of ours.
    const large = 'ffffffff-ffff-7fff-bfff-ffffffffffff';
    await billing.admin.query('update catalogue_price set id = $1 where amount = 11100', [large]);
    await billing.admin.query(`update catalogue_limit set id = $1 where item = 'SEATS' and plan_id = $2`, [large, id]);
    await priceSet({ ...at, amount: '222.00' });
    await limitSet({ ...limit, included: 5 });
    const { contactTiers, limits } = await planNamed('PLUS');
    const tier = contactTiers.find(({ contacts }: Answer) => contacts === 1000);
    expect(tier.prices).toContainEqual({ frequency: 'ANNUAL', price: { amount: '222.00', currency: 'USD' } });
    expect(limits.find(({ item }: Answer) => item === 'SEATS').included).toBe(5);
    await limitSet({ ...limit, included: 5, removed: true });
  });

  test('A21 a retired plan is listed only when asked for, and sold again later', async () => {
    const { id } = await planNamed('ENTERPRISE');
    expect((await planRetire({ planId: id })).plan).toEqual({ id, retired: true });
    expect(await planNamed('ENTERPRISE')).toBeUndefined();
    expect(await plansOf({ retired: true })).toContainEqual(expect.objectContaining({ id, retired: true }));
    expect((await planRetire({ planId: id, retired: false })).plan).toEqual({ id, retired: false });
    expect(await planNamed('ENTERPRISE')).toMatchObject({ id });
  });

  const TEAM = { product: 'SALES', plan: 'TEAM', title: 'Team', rank: 1, features: [], addOns: [] };
  test.each<[string, object]>([
    ['CODE_NOT_READABLE', { product: 'sales', title: '' }],
    ['CODE_NOT_READABLE', { plan: 'A\0B' }],
    ['CODE_NOT_READABLE', { plan: 'A'.repeat(41) }],
    ['TITLE_NOT_READABLE', { title: '  ', rank: -1 }],
    ['TITLE_NOT_READABLE', { title: 'x'.repeat(61) }],
    ['TITLE_NOT_READABLE', { title: 'half \ud800 of a pair' }],
    ['TITLE_NOT_READABLE', { title: 'a\0b' }],
    ['RANK_OUT_OF_BOUNDS', { rank: 10_000, addOns: ['no'] }],
    ['ADD_ONS_NOT_READABLE', { addOns: ['PIPELINES', 'PIPELINES'] }],
    ['ADD_ONS_NOT_READABLE', { addOns: ['pipelines'] }],
  ])('a plan is refused with %s: %j', async (code, of) => {
    expect(await planSet({ ...TEAM, ...of })).toMatchObject({ plan: null, userErrors: [{ code }] });
  });

  const SEATS = { item: 'SEATS', title: 'Seats', included: 3, offered: [3, 5], step: 1 };
  test.each<[string, object]>([
    ['CODE_NOT_READABLE', { item: 'seats', title: '' }],
    ['TITLE_NOT_READABLE', { title: '', step: 0 }],
    ['VALUES_OUT_OF_BOUNDS', { step: 0, planId: 'none' }],
    ['VALUES_OUT_OF_BOUNDS', { offered: [5, 3] }],
    ['VALUES_OUT_OF_BOUNDS', { offered: [3, 3] }],
    ['VALUES_OUT_OF_BOUNDS', { offered: [] }],
    ['VALUES_OUT_OF_BOUNDS', { included: -1 }],
    ['VALUES_OUT_OF_BOUNDS', { offered: [1_000_000_001] }],
    ['VALUES_OUT_OF_BOUNDS', { custom: { least: 5, most: 4 } }],
    ['PLAN_NOT_FOUND', { planId: 'none' }],
    ['PLAN_NOT_FOUND', { planId: '00000000-0000-7000-8000-000000000000' }],
  ])('a limit is refused with %s: %j', async (code, of) => {
    const { id } = await planNamed('PLUS');
    expect(await limitSet({ planId: id, ...SEATS, ...of })).toMatchObject({ plan: null, userErrors: [{ code }] });
  });

  test.each<[string, object]>([
    ['CURRENCY_UNKNOWN', { currency: 'eur', amount: '-1' }],
    ['CURRENCY_UNKNOWN', { currency: 'XQX' }],
    ['AMOUNT_NOT_READABLE', { amount: '1.005', effectiveFrom: '2020-01-01T00:00:00Z' }],
    ['AMOUNT_NOT_READABLE', { amount: '-1' }],
    ['AMOUNT_NOT_READABLE', { amount: '1000000000.01' }],
    ['EFFECTIVE_TOO_EARLY', { effectiveFrom: '2020-01-01T00:00:00Z', planId: 'none' }],
    ['PLAN_NOT_FOUND', { planId: 'none' }],
    ['ITEM_UNKNOWN', { item: '0' }],
    ['ITEM_UNKNOWN', { item: '1,000' }],
    ['ITEM_UNKNOWN', { item: 'EMAIL_SENDS' }],
    ['ITEM_UNKNOWN', { part: 'LIMIT', item: 'SEATS' }],
    ['ITEM_UNKNOWN', { part: 'ADD_ON', item: 'PIPELINES\0' }],
  ])('a price is refused with %s: %j', async (code, of) => {
    const { id } = await planNamed('PLUS');
    const input = {
      planId: id,
      part: 'CONTACTS',
      item: '1000',
      frequency: 'MONTHLY',
      currency: 'EUR',
      amount: '1',
      ...of,
    };
    expect(await priceSet(input)).toMatchObject({ plan: null, userErrors: [{ code }] });
  });

  test('A25 A51 no add-on below PLUS, and no price or limit of a free plan', async () => {
    const { id: starter } = await planNamed('STARTER');
    const input = { part: 'ADD_ON', item: 'PIPELINES', frequency: 'MONTHLY', currency: 'EUR', amount: '1' };
    expect((await priceSet({ ...input, planId: starter })).userErrors).toMatchObject([
      { code: 'ITEM_UNKNOWN', rule: 'A25' },
    ]);
    const { id: trial } = await planNamed('TRIAL');
    const { userErrors } = await priceSet({ ...input, planId: trial });
    expect(userErrors).toMatchObject([{ code: 'PLAN_IS_FREE', rule: 'A51' }]);
    expect((await limitSet({ planId: trial, ...SEATS })).userErrors).toMatchObject([{ code: 'PLAN_IS_FREE' }]);
  });
});

describe('row scope', () => {
  const own = personViewer({ accountId: '018f0000-0000-7000-8000-000000000001' });
  const EDITS: [string, object][] = [
    ['cataloguePlanSet', { product: 'A', plan: 'A', title: 'A', rank: 1, features: [], addOns: [] }],
    ['cataloguePlanRetire', { planId: 'none' }],
    ['catalogueLimitSet', { planId: 'none', item: 'A', title: 'A', included: 0, offered: [1], step: 1 }],
    ['cataloguePriceSet', { planId: 'none', part: 'LIMIT', item: 'A', frequency: 'ANNUAL', currency: 'EUR' }],
  ];
  test.each(EDITS)('%s needs staff with BILLING to write', async (name, input) => {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input!`;
    const query = `mutation ($input: ${type}) { ${name}(input: $input) { userErrors { code } } }`;
    for (const viewer of [own, { ...staff, areas: { BILLING: 'READ' as const } }]) {
      const { errors } = await billing.execute(query, { input }, viewer);
      expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    }
  });

  test('anybody with BILLING reads it, nobody without', async () => {
    const reader = { ...own, role: 'MEMBER' as const, areas: { BILLING: 'READ' as const } };
    expect((await ask(PLANS, {}, reader)).cataloguePlans.nodes.length).toBeGreaterThan(5);
    const { errors } = await billing.execute(PLANS, {}, { ...reader, areas: { TRACKERS: 'WRITE' as const } });
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });

  test('the database takes no edit of what was set, from anybody', async () => {
    const { rows } = await billing.admin.query(
      `select grantee, table_name as "table", privilege_type as privilege from information_schema.role_table_grants
       where table_schema = 'billing' and table_name in ('catalogue_price', 'catalogue_limit', 'credit_pack_price', 'reseller_discount')
         and grantee like 'comptoir_billing%' and privilege_type not in ('SELECT', 'INSERT')`,
    );
    expect(rows).toEqual([]);
  });

  /**
   * Runs a statement as a request would, past every rule of the graph, and takes it back. Returns how many rows it
   * wrote, or the code of the error.
   */
  async function asRequest(sql: string, isStaff: boolean): Promise<number | string | null> {
    await billing.admin.query('begin');
    try {
      await billing.admin.query('set local role comptoir_billing');
      await billing.admin.query(
        `select set_config('app.account', $1, true), set_config('app.staff', $2, true), set_config('app.now', $3, true)`,
        [own.accountId, isStaff ? 'on' : '', now.toISOString()],
      );
      return (await billing.admin.query(sql)).rowCount;
    } catch (error) {
      return (error as { code: string }).code;
    } finally {
      await billing.admin.query('rollback');
    }
  }
  const id = '018f0000-0000-7000-8000-000000000002';
  const at = `'2026-11-22', '2026-11-22'`;
  test.each<[string, string]>([
    [
      'catalogue_plan',
      `(id, price_version, product, plan, title, kind, rank, features, add_ons) values ('${id}', 'V3', 'A', 'A', 'A', 'PAID', 1, '{}', '{}')`,
    ],
    [
      'catalogue_price',
      `select '${id}', id, 'LIMIT', 'A', 'ANNUAL', 'EUR', 1, ${at} from catalogue_plan where plan = 'PLUS'`,
    ],
    [
      'catalogue_limit',
      `select '${id}', id, 'A', 'A', 1, '{}', null, null, 1, false, '2026-11-22' from catalogue_plan where plan = 'PLUS'`,
    ],
    ['credit_pack', `(id, kind, credits) values ('${id}', 'SMS', 1)`],
    ['credit_pack_price', `select '${id}', id, 'CHF', 1, ${at} from credit_pack limit 1`],
    ['reseller_discount', `values ('${id}', '${own.accountId}', 10000, '2026-11-22', '${id}')`],
    [
      'migration_discount',
      `(id, payer_id, account_id, basis_points, granted_at, granted_by) values ('${id}', '${own.accountId}', '${own.accountId}', 10000, '2026-11-22', '${id}')`,
    ],
  ])('a row of %s is added by staff only, whatever operation asks', async (table, values) => {
    expect(await asRequest(`insert into ${table} ${values}`, true)).toBe(1);
    expect(await asRequest(`insert into ${table} ${values}`, false)).toBe('42501');
  });

  test('what may change is changed by staff only, whatever operation asks', async () => {
    for (const [sql, rows] of [
      ["update catalogue_plan set retired_at = '2026-11-22' where plan = 'PLUS'", 1],
      ["update credit_pack set retired_at = '2026-11-22' where kind = 'SMS'", 3],
    ] as const) {
      expect(await asRequest(sql, true)).toBe(rows);
      expect(await asRequest(sql, false)).toBe(0);
    }
  });
});
