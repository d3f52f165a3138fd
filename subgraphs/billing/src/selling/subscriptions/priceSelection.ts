import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { EntityManager } from 'typeorm';
import type { BillingProfile } from '../../collecting/profiles/profileTables.ts';
import { loadPlan } from '../../pricing/catalogue/catalogueStore.ts';
import type { CataloguePlan } from '../../pricing/catalogue/plan.ts';
import { discountsFor } from '../../pricing/discounts/discountStore.ts';
import { changeOf, type SoldTerms } from '../../pricing/prices/change.ts';
import { type Period, period } from '../../pricing/prices/periods.ts';
import { type Price, priceOf, type Selection } from '../../pricing/prices/price.ts';
import type { Offer } from '../quotes/kind.ts';
import type { SubscriptionTerms } from './subscriptionTables.ts';

/** What is wanted: for whom, by whom paid, from which day on, instead of what. */
export type Wanted = {
  accountId: string;
  selection: Selection;
  /** Null when none is named: then only a free plan can be had. */
  profile: BillingProfile | null;
  /** What is paid for now; null when nothing is. */
  current: SoldTerms | null;
  day: string;
};

/** What is sold: its money, its terms, its first or running cycle. */
export type Sale = {
  money: Omit<Offer, 'accountId' | 'terms'>;
  terms: SubscriptionTerms;
  anchor: string;
  period: Period;
  /** The migration discount that the first charge uses up. */
  migrationId: string | null;
};

/** The plan that a selection names, as the catalogue stands; null when there is none. */
export const planFor = (tx: EntityManager, { priceVersion, product, plan }: Selection, now: Date) =>
  loadPlan(tx, { priceVersion, product, plan }, now);

/** Prices a selection: what is due for it from that day on, or why it cannot be had (A19-A26). */
export async function priceSelection(
  tx: EntityManager,
  wanted: Wanted,
  plan: CataloguePlan | null,
  { now, lock }: { now: Date; lock: boolean },
): Promise<Sale | Refusal> {
  const { accountId, selection, profile, current, day } = wanted;
  if (plan !== null && plan.kind === 'PAID' && profile === null) {
    return new Refusal('PROFILE_MISSING', 'Choose the billing profile that pays.', ['input', 'profileId'], 'A36');
  }
  // A free plan has no price in any currency: which one is asked for makes no difference.
  const price = priceOf(selection, plan, profile?.currency ?? 'EUR');
  if (price instanceof Refusal) return price;
  if (plan === null) throw new Error('A plan that is not there was priced.');
  if (plan.kind !== 'PAID') return freeSale(plan, selection, profile, day);

  const payer = profile as BillingProfile;
  const discounts = await discountsFor(tx, { payerId: payer.accountId, accountId, now, lock });
  // The first charge only: anyone who pays already has had it.
  const migration = current === null ? discounts.migration : null;
  const change = changeOf({
    current,
    price,
    frequency: selection.frequency as NonNullable<Selection['frequency']>,
    resellerBasisPoints: discounts.resellerBasisPoints,
    migrationBasisPoints: migration?.basisPoints ?? 0,
    day,
  });
  return {
    money: {
      profileId: payer.id,
      currency: payer.currency,
      listValue: change.listValue,
      migrationDiscount: change.migrationDiscount,
      resellerDiscount: change.resellerDiscount,
      perCycle: change.perCycle,
      prorated: change.prorated,
      lines: change.lines,
      settlement: 'SALE',
    },
    terms: termsOf(plan, selection, change.terms),
    anchor: change.anchor,
    period: change.period,
    migrationId: migration?.id ?? null,
  };
}

function freeSale(plan: CataloguePlan, selection: Selection, profile: BillingProfile | null, day: string): Sale {
  const lasts: Period =
    plan.trialDays === null
      ? period(day, 'MONTHLY', 0)
      : { index: 0, from: day, to: Temporal.PlainDate.from(day).add({ days: plan.trialDays }).toString() };
  const price: Price = { list: 0n, parts: [] };
  return {
    money: freeMoney(profile),
    terms: termsOf(
      plan,
      { ...selection, frequency: null },
      { ...price, resellerBasisPoints: 0, migrationDiscount: 0n, migrationBasisPoints: 0 },
    ),
    anchor: day,
    period: lasts,
    migrationId: null,
  };
}

/** What costs nothing, no matter who would pay. */
export const freeMoney = (profile: Pick<BillingProfile, 'id' | 'currency'> | null): Sale['money'] => ({
  profileId: profile?.id ?? null,
  currency: profile?.currency ?? null,
  listValue: 0n,
  migrationDiscount: 0n,
  resellerDiscount: 0n,
  perCycle: 0n,
  prorated: 0n,
  lines: [],
  settlement: 'NOTHING',
});

function termsOf(
  plan: CataloguePlan,
  { contacts, frequency, limits, addOns }: Selection,
  {
    list,
    parts,
    resellerBasisPoints,
    migrationDiscount,
    migrationBasisPoints,
  }: Pick<SoldTerms, 'list' | 'parts' | 'resellerBasisPoints' | 'migrationDiscount' | 'migrationBasisPoints'>,
): SubscriptionTerms {
  const chosen = new Map(limits.map((limit) => [limit.item, limit]));
  return {
    priceVersion: plan.priceVersion,
    product: plan.product,
    plan: plan.plan,
    title: plan.title,
    kind: plan.kind,
    rank: plan.rank,
    features: plan.features,
    contacts,
    frequency,
    limits: plan.limits.map(({ item, title, included }) => {
      const own = chosen.get(item);
      return { item, title, value: own?.value ?? included, custom: own?.custom ?? false, chosen: own !== undefined };
    }),
    addOns: addOns.toSorted(),
    list,
    parts,
    resellerBasisPoints,
    migrationDiscount,
    migrationBasisPoints,
  };
}
