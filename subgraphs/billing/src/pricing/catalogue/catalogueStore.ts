import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { EntityManager } from 'typeorm';
import type { Frequency } from '../prices/periods.ts';
import { PackPriceTable, PlanPriceTable, type PlanRow, PlanTable, type SetPrice } from './catalogueTables.ts';
import {
  type CatalogueLimit,
  type CataloguePlan,
  isCode,
  type PricedPart,
  type PriceRow,
  type PriceVersion,
} from './plan.ts';

/** What the database gives for a plan: amounts as text, since JSON numbers lose digits. */
type RawPlan = PlanRow & {
  rawLimits: Omit<CatalogueLimit, 'prices'>[];
  rawPrices: { part: PricedPart; item: string; frequency: Frequency; currency: string; amount: string }[];
};

/** $1: the instant at which the prices hold. */
const PLAN = `${columnsOf(PlanTable, 'plan')},
    (select coalesce(json_agg(json_build_object('part', part, 'item', item, 'frequency', frequency, 'currency', currency, 'amount', amount::text)
                     order by frequency desc, currency), '[]')
     from (select distinct on (part, item, frequency, currency) part, item, frequency, currency, amount
           from catalogue_price
           where plan_id = plan.id and effective_from <= $1
           order by part, item, frequency, currency, effective_from desc, seq desc) latest
     where amount is not null) as "rawPrices",
    (select coalesce(json_agg(json_build_object('item', item, 'title', title, 'included', included, 'offered', offered, 'step', step,
                       'custom', case when custom_least is not null then json_build_object('least', custom_least, 'most', custom_most) end) order by item), '[]')
     from (select distinct on (item) * from catalogue_limit where plan_id = plan.id order by item, set_at desc, seq desc) latest
     where not removed) as "rawLimits"`;

function readPlan({ addOns, retiredAt, rawLimits, rawPrices, ...plan }: RawPlan): CataloguePlan {
  const pricesOf = (part: PricedPart, item: string): PriceRow[] =>
    rawPrices
      .filter((price) => price.part === part && price.item === item)
      .map(({ frequency, currency, amount }) => ({ frequency, currency, amount: BigInt(amount) }));
  const tiers = new Set(rawPrices.filter(({ part }) => part === 'CONTACTS').map(({ item }) => Number(item)));
  return {
    ...plan,
    retired: retiredAt !== null,
    tiers: [...tiers]
      .sort((a, b) => a - b)
      .map((contacts) => ({ contacts, prices: pricesOf('CONTACTS', `${contacts}`) })),
    limits: rawLimits.map((limit) => ({ ...limit, prices: pricesOf('LIMIT', limit.item) })),
    addOns: addOns.map((addOn) => ({ addOn, prices: pricesOf('ADD_ON', addOn) })),
  };
}

/** The plan with the prices that hold at `now`; a retired one too, and null when there is none. */
export async function loadPlan(
  tx: EntityManager,
  { priceVersion, product, plan }: { priceVersion: PriceVersion; product: string; plan: string },
  now: Date,
): Promise<CataloguePlan | null> {
  if (!isCode(product) || !isCode(plan)) return null;
  const [row]: RawPlan[] = await tx.query(
    `select ${PLAN} from catalogue_plan plan where plan.price_version = $2 and plan.product = $3 and plan.plan = $4`,
    [now, priceVersion, product, plan],
  );
  return row === undefined ? null : readPlan(row);
}

/** Plans by id, as they stand at `now`. */
export async function loadPlans(tx: EntityManager, ids: readonly string[], now: Date): Promise<CataloguePlan[]> {
  const rows: RawPlan[] = await tx.query(`select ${PLAN} from catalogue_plan plan where plan.id = any($2)`, [now, ids]);
  return rows.map(readPlan);
}

const CATALOGUE: KeysetList = {
  select: PLAN,
  from: 'catalogue_plan plan',
  where: '($2::text is null or plan.price_version = $2) and ($3 or plan.retired_at is null)',
  keys: [
    { by: 'plan.position', kind: 'text' },
    { by: 'plan.id', kind: 'id' },
  ],
};

/** A page of the catalogue: by price version, product and rank. */
export async function loadPlanPage(
  tx: EntityManager,
  page: Page,
  { priceVersion, retired }: { priceVersion: PriceVersion | null; retired: boolean },
  now: Date,
): Promise<CataloguePlan[]> {
  const values = [now, priceVersion, retired];
  return (await loadKeysetPages<RawPlan>(tx, CATALOGUE, { page, values })).map(readPlan);
}

const PLAN_PRICES: KeysetList = {
  select: columnsOf(PlanPriceTable, 'p'),
  from: 'catalogue_price p',
  where: 'p.plan_id = owner.id',
  keys: [
    { by: 'p.effective_from', kind: 'instant' },
    { by: 'p.id', kind: 'id' },
  ],
  descending: true,
};

/** One page per plan of every price that was ever set, those of the future first. */
export const loadPlanPricePages = (tx: EntityManager, owners: readonly string[], page: Page): Promise<SetPrice[]> =>
  loadKeysetPages(tx, PLAN_PRICES, { owners, page });

const PACK_PRICES: KeysetList = {
  ...PLAN_PRICES,
  select: `${columnsOf(PackPriceTable, 'p')}, null as part, null as item, null as frequency`,
  from: 'credit_pack_price p',
  where: 'p.pack_id = owner.id',
};

/** As `loadPlanPricePages`, of packs. */
export const loadPackPricePages = (tx: EntityManager, owners: readonly string[], page: Page): Promise<SetPrice[]> =>
  loadKeysetPages(tx, PACK_PRICES, { owners, page });
