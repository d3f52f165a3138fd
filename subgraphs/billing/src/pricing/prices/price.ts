import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { MAX_MINOR } from '../../books/money/money.ts';
import type { CatalogueLimit, CataloguePlan, PriceRow } from '../catalogue/plan.ts';
import type { Frequency } from './periods.ts';

/** What somebody chooses from the catalogue. An item that `limits` does not name stays at what the plan includes. */
export type Selection = {
  priceVersion: 'V1' | 'V3';
  product: string;
  plan: string;
  /** The contact tier; null for the free plans, which have none. */
  contacts: number | null;
  /** Null for the free plans, which are not billed. */
  frequency: Frequency | null;
  limits: { item: string; value: number | null; custom: boolean }[];
  addOns: string[];
};

/** What one part of a plan costs per cycle, before discounts. */
export type PricePart = { kind: 'PLAN' | 'LIMIT' | 'ADD_ON'; item: string; description: string; amount: bigint };

/** What a selection costs per cycle, before discounts: `list` is the sum of its parts. */
export type Price = { list: bigint; parts: PricePart[] };

/** The parts as JSON keeps them: amounts as text, which loses no digits. */
export const partsToJson = (parts: readonly PricePart[]): Record<string, string>[] =>
  parts.map((part) => ({ ...part, amount: part.amount.toString() }));

/** Reads what `partsToJson` wrote. */
export const partsFromJson = (parts: readonly (Omit<PricePart, 'amount'> & { amount: string })[]): PricePart[] =>
  parts.map((part) => ({ ...part, amount: BigInt(part.amount) }));

/** In order of precedence: only the first that applies is given. */
export type SelectionErrorCode =
  | 'PLAN_UNKNOWN'
  | 'PLAN_RETIRED'
  | 'CONTACT_TIER_UNKNOWN'
  | 'FREQUENCY_MISSING'
  | 'CURRENCY_NOT_OFFERED'
  | 'FREQUENCY_NOT_OFFERED'
  | 'LIMIT_UNKNOWN'
  | 'LIMIT_NAMED_TWICE'
  | 'CUSTOM_VALUE_MISSING'
  | 'LIMIT_NOT_OFFERED'
  | 'LIMIT_OUT_OF_BOUNDS'
  | 'ADD_ON_NOT_OFFERED'
  | 'ADD_ON_NAMED_TWICE'
  | 'PRICE_TOO_LARGE';
export type SelectionRefusal = Refusal<SelectionErrorCode>;

const no = (code: SelectionErrorCode, message: string, field: string[], rule: string): SelectionRefusal =>
  new Refusal(code, message, ['input', ...field], rule);

/**
 * What a selection costs per cycle in a currency, as the catalogue stands, before discounts; or why it cannot be chosen
 * (A19 to A25). `plan` is the one that the selection names, null when there is none. Nothing converts: without a price
 * in that currency it is not offered.
 */
export function priceOf(selection: Selection, plan: CataloguePlan | null, currency: string): Price | SelectionRefusal {
  if (plan === null) {
    return no('PLAN_UNKNOWN', 'The catalogue has no such plan of that product and price version.', ['plan'], 'A21');
  }
  if (plan.retired) return no('PLAN_RETIRED', `${plan.title} is not sold any more.`, ['plan'], 'A21');
  const parts: PricePart[] = [];

  const base = tierPart(selection, plan, currency);
  if (base instanceof Refusal) return base;
  if (base !== null) parts.push(base);

  const seen = new Set<string>();
  for (const chosen of selection.limits) {
    const part = limitPart(chosen, seen, selection.frequency, plan, currency);
    if (part instanceof Refusal) return part;
    if (part !== null) parts.push(part);
    seen.add(chosen.item);
  }
  for (const [at, addOn] of selection.addOns.entries()) {
    if (selection.addOns.indexOf(addOn) !== at) {
      return no('ADD_ON_NAMED_TWICE', 'Name each add-on once.', ['addOns'], 'A25');
    }
    const part = addOnPart(addOn, selection.frequency, plan, currency);
    if (part instanceof Refusal) return part;
    parts.push(part);
  }

  const list = parts.reduce((sum, { amount }) => sum + amount, 0n);
  if (list > MAX_LISTED) {
    return no('PRICE_TOO_LARGE', 'That is more than can be sold here. Ask us for an offer.', ['limits'], 'A24');
  }
  return { list, parts };
}

/** Far enough below `MAX_MINOR` that tax and sums of many stay within it. */
const MAX_LISTED = MAX_MINOR / 10_000n;

/** What the plan itself costs with its contact tier; null for a free plan. */
function tierPart(
  { contacts, frequency }: Selection,
  plan: CataloguePlan,
  currency: string,
): PricePart | SelectionRefusal | null {
  if (plan.kind !== 'PAID') {
    if (contacts === null) return null;
    return no('CONTACT_TIER_UNKNOWN', `${plan.title} has no contact tiers to choose.`, ['contacts'], 'A22');
  }
  const tier = plan.tiers.find((one) => one.contacts === contacts);
  if (tier === undefined) {
    const offered = plan.tiers.map((one) => grouped(one.contacts)).join(', ');
    return no('CONTACT_TIER_UNKNOWN', `Choose one of these numbers of contacts: ${offered}.`, ['contacts'], 'A22');
  }
  if (frequency === null) return no('FREQUENCY_MISSING', 'Choose monthly or annual billing.', ['frequency'], 'A23');
  const amount = amountOf(tier.prices, currency, frequency);
  if (amount instanceof Refusal) return amount;
  const description = `${plan.title}, ${grouped(tier.contacts)} contacts, ${SAID[frequency]}`;
  return { kind: 'PLAN', item: plan.plan, description, amount };
}

/** What a limit costs beyond what the plan includes; null when it costs nothing. */
function limitPart(
  { item, value, custom }: Selection['limits'][number],
  seen: ReadonlySet<string>,
  frequency: Frequency | null,
  plan: CataloguePlan,
  currency: string,
): PricePart | SelectionRefusal | null {
  const limit = plan.limits.find((one) => one.item === item);
  if (limit === undefined) {
    return no('LIMIT_UNKNOWN', `${plan.title} has no such limit to choose.`, ['limits'], 'A24');
  }
  if (seen.has(item)) return no('LIMIT_NAMED_TWICE', `Name ${limit.title} once.`, ['limits'], 'A24');
  const refused = refusesValue(limit, value, custom);
  if (refused !== null) return refused;
  const steps = stepsBeyond(limit, value as number);
  if (steps === 0n) return null;
  const perStep = amountOf(limit.prices, currency, frequency as Frequency);
  if (perStep instanceof Refusal) return perStep;
  const description = `${limit.title}: ${grouped(value as number)}, ${SAID[frequency as Frequency]}`;
  return { kind: 'LIMIT', item, description, amount: perStep * steps };
}

function refusesValue(limit: CatalogueLimit, value: number | null, custom: boolean): SelectionRefusal | null {
  if (value === null) {
    const message = custom
      ? `Say which limit you want for ${limit.title}.`
      : `Choose one of the offered values for ${limit.title}.`;
    return no('CUSTOM_VALUE_MISSING', message, ['limits'], 'A24');
  }
  if (!custom) {
    if (limit.offered.includes(value)) return null;
    const offered = limit.offered.map(grouped).join(', ');
    return no('LIMIT_NOT_OFFERED', `Choose one of these for ${limit.title}, or CUSTOM: ${offered}.`, ['limits'], 'A24');
  }
  if (limit.custom === null) {
    return no('LIMIT_NOT_OFFERED', `${limit.title} takes none but the offered values.`, ['limits'], 'A24');
  }
  const { least, most } = limit.custom;
  if (Number.isSafeInteger(value) && value >= least && value <= most) return null;
  const bounds = `${grouped(least)} to ${grouped(most)}`;
  return no('LIMIT_OUT_OF_BOUNDS', `${limit.title} can be ${bounds}.`, ['limits'], 'A24');
}

/** How many started steps a value lies beyond what is included. */
function stepsBeyond({ included, step }: CatalogueLimit, value: number): bigint {
  const beyond = BigInt(value) - BigInt(included);
  return beyond <= 0n ? 0n : (beyond + BigInt(step) - 1n) / BigInt(step);
}

function addOnPart(
  addOn: string,
  frequency: Frequency | null,
  plan: CataloguePlan,
  currency: string,
): PricePart | SelectionRefusal {
  const offered = plan.addOns.find((one) => one.addOn === addOn);
  if (offered === undefined || frequency === null) {
    return no('ADD_ON_NOT_OFFERED', `${plan.title} cannot have that add-on.`, ['addOns'], 'A25');
  }
  const amount = amountOf(offered.prices, currency, frequency);
  if (amount instanceof Refusal) return amount;
  return { kind: 'ADD_ON', item: addOn, description: `${addOn}, ${SAID[frequency]}`, amount };
}

function amountOf(prices: readonly PriceRow[], currency: string, frequency: Frequency): bigint | SelectionRefusal {
  const inCurrency = prices.filter((price) => price.currency === currency);
  if (inCurrency.length === 0) {
    return no('CURRENCY_NOT_OFFERED', `This has no price in ${currency}.`, ['profileId'], 'A26');
  }
  const price = inCurrency.find((one) => one.frequency === frequency);
  if (price !== undefined) return price.amount;
  return no('FREQUENCY_NOT_OFFERED', `This is not sold with ${SAID[frequency]} billing.`, ['frequency'], 'A23');
}

const SAID: Record<Frequency, string> = { MONTHLY: 'monthly', ANNUAL: 'annual' };
const grouped = (value: number): string => value.toLocaleString('en');
