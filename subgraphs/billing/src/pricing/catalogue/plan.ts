import type { CreditKind } from '../../books/ledger/kinds.ts';
import type { Frequency } from '../prices/periods.ts';

export type PriceVersion = 'V1' | 'V3';

/** TRIAL and SANDBOX are free, and a SANDBOX stays so for good (A57). */
export type PlanKind = 'TRIAL' | 'SANDBOX' | 'PAID';

/** What of a plan has a price: its contact tiers, a step of a limit, an add-on. */
export type PricedPart = 'CONTACTS' | 'LIMIT' | 'ADD_ON';

/**
 * True for a name that products, plans, limited items and add-ons have: capitals, digits and underscores, at most 40.
 */
export const isCode = (text: string): boolean => /^[A-Z][A-Z0-9_]{0,39}$/.test(text);

/** What a plan opens besides its limits. SMS credits are not for plans without `SMS` (A67). */
export type PlanFeature = 'SMS';

/** A price that holds now, in the smallest unit of its currency, without tax. */
export type PriceRow = { frequency: Frequency; currency: string; amount: bigint };

/**
 * An item that a plan limits: what it includes, what can be chosen, and what each started step beyond the included
 * costs.
 */
export type CatalogueLimit = {
  item: string;
  title: string;
  included: number;
  /** Ascending. */
  offered: number[];
  /** The bounds of a value of one's own; null where only the offered ones can be had. */
  custom: { least: number; most: number } | null;
  step: number;
  prices: PriceRow[];
};

/** A number of contacts that a plan is sold with. */
export type ContactTier = { contacts: number; prices: PriceRow[] };

/** Something that a plan can have added. Without prices it is not sold at present. */
export type CatalogueAddOn = { addOn: string; prices: PriceRow[] };

/** A plan as it stands in the catalogue at an instant. */
export type CataloguePlan = {
  id: string;
  priceVersion: PriceVersion;
  product: string;
  plan: string;
  title: string;
  kind: PlanKind;
  /** Within its product: the higher is the bigger plan. */
  rank: number;
  /** How long a trial lasts; null of other kinds. */
  trialDays: number | null;
  features: PlanFeature[];
  retired: boolean;
  /** What sorts the catalogue. */
  position: string;
  /** Ascending by contacts. Empty for free plans. */
  tiers: ContactTier[];
  limits: CatalogueLimit[];
  addOns: CatalogueAddOn[];
};

/** Credits that are sold together. */
export type CreditPack = {
  id: string;
  kind: CreditKind;
  credits: bigint;
  /** What it costs now, by currency, in the smallest unit. */
  prices: Map<string, bigint>;
  retired: boolean;
  /** What sorts the packs. */
  position: string;
};
