import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import type { Frequency } from '../prices/periods.ts';
import { LimitTable, PackPriceTable, PackTable, PlanPriceTable, PlanTable } from './catalogueTables.ts';
import type { NewPrice } from './edit.ts';
import type { CataloguePlan, CreditPack, PlanFeature, PricedPart } from './plan.ts';

/** Who wrote a row, and when. */
type Written = { now: Date; by: string };

/** Adds a paid plan, or changes one that is there; returns its id. */
export async function putPlan(
  tx: EntityManager,
  plan: {
    product: string;
    plan: string;
    title: string;
    rank: number;
    features: readonly PlanFeature[];
    addOns: string[];
  },
): Promise<string> {
  const [row]: { id: string }[] = await tx.query(
    `insert into catalogue_plan (id, price_version, product, plan, title, kind, rank, features, add_ons)
     values ($1, 'V3', $2, $3, $4, 'PAID', $5, $6, $7)
     on conflict (price_version, product, plan)
       do update set title = excluded.title, rank = excluded.rank, features = excluded.features, add_ons = excluded.add_ons
     returning id`,
    [newId(), plan.product, plan.plan, plan.title, plan.rank, [...new Set(plan.features)], plan.addOns],
  );
  return (row as { id: string }).id;
}

/** Locks a plan, so that its limits and prices are counted and changed by one at a time. */
export async function lockPlan(
  tx: EntityManager,
  id: string,
): Promise<(Pick<CataloguePlan, 'id' | 'kind'> & { addOns: string[] }) | null> {
  return await tx.findOne(PlanTable, { where: { id }, lock: { mode: 'for_no_key_update' } });
}

export async function retirePlan(tx: EntityManager, id: string, retiredAt: Date | null): Promise<void> {
  await tx.update(PlanTable, { id }, { retiredAt });
}

/** The items that a locked plan limits now. */
export async function limitedItems(tx: EntityManager, planId: string): Promise<string[]> {
  const rows: { item: string }[] = await tx.query(
    `select item from (select distinct on (item) item, removed from catalogue_limit where plan_id = $1 order by item, set_at desc, seq desc) latest
     where not removed`,
    [planId],
  );
  return rows.map(({ item }) => item);
}

export async function addLimit(
  tx: EntityManager,
  planId: string,
  limit: {
    item: string;
    title: string;
    included: number;
    offered: readonly number[];
    custom: { least: number; most: number } | null;
    step: number;
    removed: boolean;
  },
  { now, by }: Written,
): Promise<void> {
  const { custom, ...facts } = limit;
  await tx.insert(LimitTable, {
    id: newId(),
    planId,
    ...facts,
    customLeast: custom?.least ?? null,
    customMost: custom?.most ?? null,
    setAt: now,
    setBy: by,
  });
}

/** Adds a price of a locked plan. Returns how many of its prices there are then, ended ones included. */
export async function addPlanPrice(
  tx: EntityManager,
  of: { planId: string; part: PricedPart; item: string; frequency: Frequency },
  { currency, amount, effectiveFrom }: NewPrice,
  { now: setAt, by: setBy }: Written,
): Promise<number> {
  const { planId: ofId, part, item, frequency } = of;
  const price = { id: newId(), ofId, part, item, frequency, currency, amount, effectiveFrom };
  await tx.insert(PlanPriceTable, { ...price, setAt, setBy });
  const [{ count }]: [{ count: number }] = await tx.query(
    'select count(distinct (part, item, frequency, currency))::integer as count from catalogue_price where plan_id = $1',
    [of.planId],
  );
  return count;
}

export async function addPack(tx: EntityManager, pack: Pick<CreditPack, 'id' | 'kind'> & { credits: number }) {
  await tx.insert(PackTable, { ...pack, credits: BigInt(pack.credits) });
}

/** Locks a pack; see `lockPlan`. False when there is none. */
export async function lockPack(tx: EntityManager, id: string): Promise<boolean> {
  return (await tx.findOne(PackTable, { where: { id }, lock: { mode: 'for_no_key_update' } })) !== null;
}

export async function retirePack(tx: EntityManager, id: string, retiredAt: Date | null): Promise<void> {
  await tx.update(PackTable, { id }, { retiredAt });
}

/** Adds a price of a locked pack. Returns in how many currencies it was ever sold. */
export async function addPackPrice(
  tx: EntityManager,
  packId: string,
  { currency, amount, effectiveFrom }: NewPrice,
  { now: setAt, by: setBy }: Written,
): Promise<number> {
  await tx.insert(PackPriceTable, { id: newId(), ofId: packId, currency, amount, effectiveFrom, setAt, setBy });
  const [{ count }]: [{ count: number }] = await tx.query(
    'select count(distinct currency)::integer as count from credit_pack_price where pack_id = $1',
    [packId],
  );
  return count;
}
