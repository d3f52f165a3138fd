import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CataloguePlan, PlanKind, PriceRow } from '../catalogue/plan.ts';
import { refusesPlanChange } from './planChange.ts';
import { priceOf, type Selection } from './price.ts';

const both = (monthly: bigint, currency = 'EUR'): PriceRow[] => [
  { frequency: 'MONTHLY', currency, amount: monthly },
  { frequency: 'ANNUAL', currency, amount: monthly * 10n },
];

const PLUS: CataloguePlan = {
  id: 'plus',
  priceVersion: 'V3',
  product: 'MARKETING',
  plan: 'PLUS',
  title: 'Plus',
  kind: 'PAID',
  rank: 20,
  trialDays: null,
  features: ['SMS'],
  retired: false,
  position: 'V3.MARKETING.0020',
  tiers: [
    { contacts: 1_000, prices: [...both(4_900n), ...both(5_400n, 'USD')] },
    { contacts: 2_500, prices: [...both(9_500n), { frequency: 'MONTHLY', currency: 'JPY', amount: 1_500n }] },
  ],
  limits: [
    {
      item: 'CUSTOM_REPORTS',
      title: 'Custom reports',
      included: 5,
      offered: [5, 10, 25],
      custom: { least: 0, most: 100 },
      step: 5,
      prices: both(800n),
    },
    {
      item: 'EMAIL_SENDS',
      title: 'E-mail sends per month',
      included: 25_000,
      offered: [25_000, 50_000],
      custom: null,
      step: 5_000,
      prices: both(250n),
    },
  ],
  addOns: [{ addOn: 'PIPELINES', prices: both(1_900n) }],
};
const STARTER: CataloguePlan = { ...PLUS, plan: 'STARTER', title: 'Starter', rank: 10, features: [], addOns: [] };
const TRIAL: CataloguePlan = {
  ...PLUS,
  priceVersion: 'V1',
  product: 'EM',
  plan: 'TRIAL',
  title: 'Trial',
  kind: 'TRIAL',
  trialDays: 14,
  tiers: [],
  limits: [],
  addOns: [],
};

const CHOSEN: Selection = {
  priceVersion: 'V3',
  product: 'MARKETING',
  plan: 'PLUS',
  contacts: 2_500,
  frequency: 'MONTHLY',
  limits: [],
  addOns: [],
};
const limit = (item: string, value: number | null, custom = false) => ({ item, value, custom });

describe('what a selection costs', () => {
  test('A22 A23 the plan with its contacts, for a month or for a year', () => {
    expect(priceOf(CHOSEN, PLUS, 'EUR')).toEqual({
      list: 9_500n,
      parts: [{ kind: 'PLAN', item: 'PLUS', description: 'Plus, 2,500 contacts, monthly', amount: 9_500n }],
    });
    expect(priceOf({ ...CHOSEN, frequency: 'ANNUAL' }, PLUS, 'EUR')).toMatchObject({ list: 95_000n });
    expect(priceOf({ ...CHOSEN, contacts: 1_000 }, PLUS, 'USD')).toMatchObject({ list: 5_400n });
  });

  test('A24 A25 limits beyond what is included by the started step, and add-ons', () => {
    const price = priceOf(
      {
        ...CHOSEN,
        limits: [limit('CUSTOM_REPORTS', 11, true), limit('EMAIL_SENDS', 50_000)],
        addOns: ['PIPELINES'],
      },
      PLUS,
      'EUR',
    );
    expect(price).toEqual({
      list: 9_500n + 1_600n + 1_250n + 1_900n,
      parts: [
        { kind: 'PLAN', item: 'PLUS', description: 'Plus, 2,500 contacts, monthly', amount: 9_500n },
        { kind: 'LIMIT', item: 'CUSTOM_REPORTS', description: 'Custom reports: 11, monthly', amount: 1_600n },
        { kind: 'LIMIT', item: 'EMAIL_SENDS', description: 'E-mail sends per month: 50,000, monthly', amount: 1_250n },
        { kind: 'ADD_ON', item: 'PIPELINES', description: 'PIPELINES, monthly', amount: 1_900n },
      ],
    });
  });

  test('A24 what is included costs nothing, nor does less', () => {
    for (const chosen of [limit('CUSTOM_REPORTS', 5), limit('CUSTOM_REPORTS', 0, true)]) {
      expect(priceOf({ ...CHOSEN, limits: [chosen] }, PLUS, 'EUR')).toMatchObject({ list: 9_500n });
    }
  });

  test('A50 A57 a free plan costs nothing, in whatever currency', () => {
    const chosen: Selection = { ...CHOSEN, priceVersion: 'V1', product: 'EM', plan: 'TRIAL', contacts: null };
    expect(priceOf(chosen, TRIAL, 'JPY')).toEqual({ list: 0n, parts: [] });
    expect(priceOf({ ...chosen, frequency: null }, TRIAL, 'EUR')).toEqual({ list: 0n, parts: [] });
  });
});

const REFUSED: [code: string, rule: string, of: Partial<Selection>, plan?: CataloguePlan | null, currency?: string][] =
  [
    ['PLAN_UNKNOWN', 'A21', {}, null],
    ['PLAN_RETIRED', 'A21', { contacts: 7 }, { ...PLUS, retired: true }],
    ['CONTACT_TIER_UNKNOWN', 'A22', { contacts: 3_000, frequency: null }],
    ['CONTACT_TIER_UNKNOWN', 'A22', { contacts: null }],
    ['CONTACT_TIER_UNKNOWN', 'A22', { contacts: 1_000 }, TRIAL],
    ['FREQUENCY_MISSING', 'A23', { frequency: null }, PLUS, 'CHF'],
    ['CURRENCY_NOT_OFFERED', 'A26', { limits: [limit('NOTHING', 1)] }, PLUS, 'CHF'],
    ['FREQUENCY_NOT_OFFERED', 'A23', { frequency: 'ANNUAL', limits: [limit('NOTHING', 1)] }, PLUS, 'JPY'],
    ['LIMIT_UNKNOWN', 'A24', { limits: [limit('NOTHING', 1)], addOns: ['NOTHING'] }],
    ['LIMIT_UNKNOWN', 'A24', { contacts: null, limits: [limit('EMAIL_SENDS', 25_000)] }, TRIAL],
    ['LIMIT_NAMED_TWICE', 'A24', { limits: [limit('CUSTOM_REPORTS', 10), limit('CUSTOM_REPORTS', null, true)] }],
    ['CUSTOM_VALUE_MISSING', 'A24', { limits: [limit('CUSTOM_REPORTS', null, true)] }],
    ['CUSTOM_VALUE_MISSING', 'A24', { limits: [limit('CUSTOM_REPORTS', null)] }],
    ['LIMIT_NOT_OFFERED', 'A24', { limits: [limit('CUSTOM_REPORTS', 11)] }],
    ['LIMIT_NOT_OFFERED', 'A24', { limits: [limit('EMAIL_SENDS', 60_000, true)] }],
    ['LIMIT_OUT_OF_BOUNDS', 'A24', { limits: [limit('CUSTOM_REPORTS', 101, true)] }],
    ['LIMIT_OUT_OF_BOUNDS', 'A24', { limits: [limit('CUSTOM_REPORTS', -1, true)] }],
    ['LIMIT_OUT_OF_BOUNDS', 'A24', { limits: [limit('CUSTOM_REPORTS', 10.5, true)] }],
    ['CURRENCY_NOT_OFFERED', 'A26', { contacts: 1_000, limits: [limit('CUSTOM_REPORTS', 25)] }, PLUS, 'USD'],
    ['ADD_ON_NOT_OFFERED', 'A25', { plan: 'STARTER', addOns: ['PIPELINES'] }, STARTER],
    ['ADD_ON_NOT_OFFERED', 'A25', { contacts: null, addOns: ['PIPELINES'] }, TRIAL],
    ['ADD_ON_NAMED_TWICE', 'A25', { addOns: ['PIPELINES', 'PIPELINES'] }],
  ];

test.each(REFUSED)('%s (%s) refuses %j', (code, rule, of, plan = PLUS, currency = 'EUR') => {
  expect(priceOf({ ...CHOSEN, ...of }, plan, currency)).toMatchObject({ code, rule });
});

test('A24 a value that would cost more than can be counted is refused', () => {
  const [reports] = PLUS.limits;
  const dear = { ...(reports as CataloguePlan['limits'][number]), prices: both(900_719_925_474n) };
  const chosen = { ...CHOSEN, limits: [limit('CUSTOM_REPORTS', 100, true)] };
  expect(priceOf(chosen, { ...PLUS, limits: [dear] }, 'EUR')).toMatchObject({ code: 'PRICE_TOO_LARGE' });
});

test('A24 more of something never costs less, and the parts make the list value', () => {
  const value = fc.integer({ min: 0, max: 100 });
  fc.assert(
    fc.property(value, value, fc.boolean(), (a, b, pipelines) => {
      const priced = (reports: number) => {
        const addOns = pipelines ? ['PIPELINES'] : [];
        const price = priceOf({ ...CHOSEN, limits: [limit('CUSTOM_REPORTS', reports, true)], addOns }, PLUS, 'EUR');
        if (price instanceof Refusal) throw new Error(price.message);
        expect(price.parts.reduce((sum, { amount }) => sum + amount, 0n)).toBe(price.list);
        return price.list;
      };
      expect(priced(Math.max(a, b)) >= priced(Math.min(a, b))).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

const MOVES: [held: PlanKind | null, wanted: PlanKind, code: string | null][] = [
  [null, 'TRIAL', null],
  [null, 'SANDBOX', null],
  [null, 'PAID', null],
  ['TRIAL', 'PAID', null],
  ['TRIAL', 'TRIAL', 'TRIAL_ONCE'],
  ['TRIAL', 'SANDBOX', 'TRIAL_ONCE'],
  ['SANDBOX', 'PAID', 'SANDBOX_STAYS_FREE'],
  ['SANDBOX', 'TRIAL', 'SANDBOX_STAYS_FREE'],
  ['PAID', 'PAID', null],
  ['PAID', 'TRIAL', 'PAID_STAYS_PAID'],
  ['PAID', 'SANDBOX', 'PAID_STAYS_PAID'],
];
test.each(MOVES)('A51 A52 A57 F01 from %s to %s: %s', (held, wanted, code) => {
  expect(refusesPlanChange(held, wanted)?.code ?? null).toBe(code);
});
