import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { EntityManager } from 'typeorm';
import type { Frequency } from '../prices/periods.ts';
import {
  type CatalogueLimit,
  type CataloguePlan,
  isCode,
  type PricedPart,
  type PriceRow,
  type PriceVersion,
} from './plan.ts';

/** What the database gives for a plan: amounts as text, since JSON numbers lose digits. */
type RawPlan = Omit<CataloguePlan, 'tiers' | 'limits' | 'addOns'> & {
  allowedAddOns: string[];
  rawLimits: Omit<CatalogueLimit, 'prices'>[];
  rawPrices: { part: PricedPart; item: string; frequency: Frequency; currency: string; amount: string }[];
};

/** $1: the instant at which the prices hold. */
const PLAN = `
  select plan.id, plan.price_version as "priceVersion", plan.product, plan.plan, plan.title, plan.kind, plan.rank, plan.trial_days as "trialDays",
    plan.features, plan.add_ons as "allowedAddOns", plan.retired_at is not null as retired, plan.position,
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
     where not removed) as "rawLimits"
  from catalogue_plan plan`;

function readPlan({ allowedAddOns, rawLimits, rawPrices, ...plan }: RawPlan): CataloguePlan {
  const pricesOf = (part: PricedPart, item: string): PriceRow[] =>
    rawPrices
      .filter((price) => price.part === part && price.item === item)
      .map(({ frequency, currency, amount }) => ({ frequency, currency, amount: BigInt(amount) }));
  const tiers = new Set(rawPrices.filter(({ part }) => part === 'CONTACTS').map(({ item }) => Number(item)));
  return {
    ...plan,
    tiers: [...tiers]
      .sort((a, b) => a - b)
      .map((contacts) => ({ contacts, prices: pricesOf('CONTACTS', `${contacts}`) })),
    limits: rawLimits.map((limit) => ({ ...limit, prices: pricesOf('LIMIT', limit.item) })),
    addOns: allowedAddOns.map((addOn) => ({ addOn, prices: pricesOf('ADD_ON', addOn) })),
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
    `${PLAN} where plan.price_version = $2 and plan.product = $3 and plan.plan = $4`,
    [now, priceVersion, product, plan],
  );
  return row === undefined ? null : readPlan(row);
}

/** Plans by id, as they stand at `now`. */
export async function loadPlans(tx: EntityManager, ids: readonly string[], now: Date): Promise<CataloguePlan[]> {
  const rows: RawPlan[] = await tx.query(`${PLAN} where plan.id = any($2)`, [now, ids]);
  return rows.map(readPlan);
}

/** A page of the catalogue: by price version, product and rank. */
export async function loadPlanPage(
  tx: EntityManager,
  page: Page,
  filter: { priceVersion: PriceVersion | null; retired: boolean },
  now: Date,
): Promise<CataloguePlan[]> {
  const [position, id] = page.after ?? [null, null];
  const rows: RawPlan[] = await tx.query(
    `${PLAN}
     where ($2::text is null or plan.price_version = $2) and ($3 or plan.retired_at is null)
       and ($4::text is null or (plan.position, plan.id) > ($4, $5::uuid))
     order by plan.position, plan.id
     limit $6`,
    [now, filter.priceVersion, filter.retired, position, id, page.first + 1],
  );
  return rows.map(readPlan);
}

/** A price that was set for a part of a plan, or for a pack: it holds from its instant until a later one does. */
export type SetPrice = {
  id: string;
  /** The plan, or the pack. */
  ofId: string;
  part: PricedPart | null;
  item: string | null;
  frequency: Frequency | null;
  currency: string;
  /** Null: from then on it is not sold like that. */
  amount: bigint | null;
  effectiveFrom: Date;
  setAt: Date;
};
type RawSetPrice = Omit<SetPrice, 'amount'> & { amount: string | null };

/** One page per plan of every price that was ever set, those of the future first. */
export async function loadPlanPricePages(
  tx: EntityManager,
  planIds: readonly string[],
  page: Page,
): Promise<SetPrice[]> {
  return await pricePages(tx, 'catalogue_price', 'plan_id', 'part, item, frequency', planIds, page);
}

/** As `loadPlanPricePages`, of packs. */
export async function loadPackPricePages(
  tx: EntityManager,
  packIds: readonly string[],
  page: Page,
): Promise<SetPrice[]> {
  const none = 'null as part, null as item, null as frequency';
  return await pricePages(tx, 'credit_pack_price', 'pack_id', none, packIds, page);
}

async function pricePages(
  tx: EntityManager,
  table: string,
  of: string,
  what: string,
  ids: readonly string[],
  page: Page,
): Promise<SetPrice[]> {
  const [effectiveFrom, id] = page.after ?? [null, null];
  const rows: RawSetPrice[] = await tx.query(
    `select price.*
     from unnest($1::uuid[]) parent (id),
     lateral (
       select id, ${of} as "ofId", ${what}, currency, amount, effective_from as "effectiveFrom", set_at as "setAt"
       from ${table}
       where ${of} = parent.id and ($2::timestamptz is null or (effective_from, id) < ($2, $3::uuid))
       order by effective_from desc, id desc
       limit $4) price`,
    [ids, effectiveFrom, id, page.first + 1],
  );
  return rows.map((row) => ({ ...row, amount: row.amount === null ? null : BigInt(row.amount) }));
}
