import { migration } from '@comptoir/shared/database/migration.ts';

const SINCE = '2020-01-01T00:00:00Z';
const id = (group: number, n: number): string =>
  `00000000-0000-7000-8${group.toString(16).padStart(3, '0')}-${n.toString(16).padStart(12, '0')}`;
const literal = (value: string | null): string => (value === null ? 'null' : `'${value.replaceAll("'", "''")}'`);

type Seed = {
  plan: string;
  title: string;
  features: string[];
  /** Per month in whole EUR, by number of contacts. */
  tiers: Record<number, number>;
  /** Of each limit: what is included, what can be chosen, bounds of CUSTOM, step, cents of EUR per step and month. */
  limits: Record<string, [number, number[], [number, number], number, number]>;
  /** Per month in whole EUR. */
  pipelines: number | null;
};

const TITLES: Record<string, string> = {
  ACTIVITIES: 'Activities per month',
  CUSTOM_REPORTS: 'Custom reports',
  EMAIL_SENDS: 'E-mail sends per month',
};

const SEEDS: Seed[] = [
  {
    plan: 'STARTER',
    title: 'Starter',
    features: [],
    tiers: { 1000: 15, 2500: 39, 5000: 79, 10000: 149, 25000: 259, 50000: 439 },
    limits: {
      ACTIVITIES: [5_000, [5_000, 10_000, 25_000], [1_000, 100_000], 5_000, 400],
      CUSTOM_REPORTS: [0, [0, 5], [0, 20], 5, 900],
      EMAIL_SENDS: [10_000, [10_000, 25_000, 50_000], [1_000, 500_000], 5_000, 300],
    },
    pipelines: null,
  },
  {
    plan: 'PLUS',
    title: 'Plus',
    features: ['SMS'],
    tiers: { 1000: 49, 2500: 95, 5000: 169, 10000: 259, 25000: 439, 50000: 659, 100000: 1049 },
    limits: {
      ACTIVITIES: [25_000, [25_000, 50_000, 100_000], [1_000, 1_000_000], 5_000, 350],
      CUSTOM_REPORTS: [5, [5, 10, 25], [0, 100], 5, 800],
      EMAIL_SENDS: [25_000, [25_000, 50_000, 100_000], [1_000, 1_000_000], 5_000, 250],
    },
    pipelines: 19,
  },
  {
    plan: 'PROFESSIONAL',
    title: 'Professional',
    features: ['SMS'],
    tiers: { 1000: 79, 2500: 149, 5000: 259, 10000: 419, 25000: 689, 50000: 989, 100000: 1589 },
    limits: {
      ACTIVITIES: [100_000, [100_000, 250_000, 500_000], [1_000, 5_000_000], 10_000, 500],
      CUSTOM_REPORTS: [25, [25, 50, 100], [0, 500], 5, 600],
      EMAIL_SENDS: [50_000, [50_000, 100_000, 250_000], [1_000, 5_000_000], 10_000, 400],
    },
    pipelines: 29,
  },
  {
    plan: 'ENTERPRISE',
    title: 'Enterprise',
    features: ['SMS'],
    tiers: { 1000: 145, 2500: 259, 5000: 439, 10000: 699, 25000: 1129, 50000: 1639, 100000: 2549 },
    limits: {
      ACTIVITIES: [500_000, [500_000, 1_000_000, 2_500_000], [1_000, 50_000_000], 50_000, 1_500],
      CUSTOM_REPORTS: [100, [100, 250, 500], [0, 5_000], 10, 700],
      EMAIL_SENDS: [100_000, [100_000, 250_000, 500_000, 1_000_000], [1_000, 50_000_000], 50_000, 1_200],
    },
    pipelines: 49,
  },
];

/** Cents of EUR for each pack. */
const PACKS: [string, number, number][] = [
  ['TRACKER', 100, 900],
  ['TRACKER', 1_000, 7_900],
  ['TRACKER', 10_000, 69_000],
  ['SMS', 100, 1_000],
  ['SMS', 1_000, 8_900],
  ['SMS', 10_000, 79_000],
  ['INBOX_PREVIEW', 50, 2_500],
  ['INBOX_PREVIEW', 250, 9_900],
];

/**
 * What the same thing is sold for in dollars: a tenth more, in the steps that prices have. Written once here; nothing
 * converts later.
 */
const inDollars = (cents: number): number => Math.ceil((cents * 11) / 1_000) * 100;
/** A year costs ten months. */
const YEAR = 10;

function startingRows(): string {
  const rows: string[] = [];
  let prices = 0;
  const price = (planId: string, part: string, item: string, monthly: number): void => {
    const amounts: [string, string, number][] = [
      ['MONTHLY', 'EUR', monthly],
      ['ANNUAL', 'EUR', monthly * YEAR],
      ['MONTHLY', 'USD', inDollars(monthly)],
      ['ANNUAL', 'USD', inDollars(monthly) * YEAR],
    ];
    for (const [frequency, currency, amount] of amounts) {
      prices += 1;
      rows.push(
        `insert into catalogue_price values ('${id(2, prices)}', '${planId}', '${part}', '${item}', '${frequency}', '${currency}', ${amount}, '${SINCE}', '${SINCE}');`,
      );
    }
  };
  const plan = (
    n: number,
    of: { version: string; product: string; kind: string; rank: number; days?: number } & Pick<
      Seed,
      'plan' | 'title' | 'features'
    >,
    addOns: string[],
  ) =>
    rows.push(
      `insert into catalogue_plan (id, price_version, product, plan, title, kind, rank, trial_days, features, add_ons)
       values ('${id(1, n)}', '${of.version}', '${of.product}', '${of.plan}', ${literal(of.title)}, '${of.kind}', ${of.rank}, ${of.days ?? 'null'}, '{${of.features.join(',')}}', '{${addOns.join(',')}}');`,
    );

  const free = { version: 'V1', product: 'EM', features: ['SMS'] };
  plan(1, { ...free, plan: 'TRIAL', title: 'Trial', kind: 'TRIAL', rank: 1, days: 14 }, []);
  plan(2, { ...free, plan: 'SANDBOX', title: 'Sandbox', kind: 'SANDBOX', rank: 2 }, []);
  let limits = 0;
  for (const [at, seed] of SEEDS.entries()) {
    const planId = id(1, 10 + at);
    const addOns = seed.pipelines === null ? [] : ['PIPELINES'];
    plan(10 + at, { ...seed, version: 'V3', product: 'MARKETING', kind: 'PAID', rank: (at + 1) * 10 }, addOns);
    for (const [contacts, euros] of Object.entries(seed.tiers)) price(planId, 'CONTACTS', contacts, euros * 100);
    for (const [item, [included, offered, [least, most], step, cents]] of Object.entries(seed.limits)) {
      limits += 1;
      rows.push(
        `insert into catalogue_limit values ('${id(3, limits)}', '${planId}', '${item}', ${literal(TITLES[item] ?? item)}, ${included}, '{${offered.join(',')}}', ${least}, ${most}, ${step}, false, '${SINCE}');`,
      );
      price(planId, 'LIMIT', item, cents);
    }
    if (seed.pipelines !== null) price(planId, 'ADD_ON', 'PIPELINES', seed.pipelines * 100);
  }
  for (const [at, [kind, credits, cents]] of PACKS.entries()) {
    rows.push(`insert into credit_pack values ('${id(4, at + 1)}', '${kind}', ${credits});`);
    for (const [n, [currency, amount]] of [['EUR', cents] as const, ['USD', inDollars(cents)] as const].entries()) {
      rows.push(
        `insert into credit_pack_price values ('${id(5, at * 2 + n + 1)}', '${id(4, at + 1)}', '${currency}', ${amount}, '${SINCE}', '${SINCE}');`,
      );
    }
  }
  return rows.join('\n');
}

/** The catalogue that an installation starts with; staff change it from then on. Ids are the same everywhere. */
export const startingCatalogue = migration(111, 'StartingCatalogue', startingRows());
