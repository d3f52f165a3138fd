import { bigintColumn, countColumn } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';
import { type Arrival, arrivalColumn } from '../../base/arrivalColumn.ts';
import type { CreditKind } from '../../books/ledger/kinds.ts';
import type { Frequency } from '../prices/periods.ts';
import type { CataloguePlan, PricedPart } from './plan.ts';

/** A plan as its row has it: its limits and prices stand in tables of their own. */
export type PlanRow = Omit<CataloguePlan, 'retired' | 'tiers' | 'limits' | 'addOns'> & {
  addOns: string[];
  retiredAt: Date | null;
};

export const PlanTable = new EntitySchema<PlanRow>({
  name: 'catalogue_plan',
  columns: {
    id: { type: 'uuid', primary: true },
    priceVersion: { type: 'text', name: 'price_version' },
    product: { type: 'text' },
    plan: { type: 'text' },
    title: { type: 'text' },
    kind: { type: 'text' },
    rank: { type: 'smallint' },
    trialDays: { type: 'smallint', name: 'trial_days', nullable: true },
    features: { type: 'text', array: true },
    addOns: { type: 'text', array: true, name: 'add_ons' },
    retiredAt: { type: 'timestamptz', name: 'retired_at', nullable: true },
    position: { type: 'text', insert: false, update: false },
  },
});

/** What was set for an item that a plan limits: it holds until something later is. */
export type LimitRow = {
  id: string;
  planId: string;
  item: string;
  title: string;
  included: number;
  offered: readonly number[];
  /** Both null where only what is offered can be had. */
  customLeast: number | null;
  customMost: number | null;
  step: number;
  /** From then on the plan does not limit it. */
  removed: boolean;
  setAt: Date;
  setBy: string | null;
};

export const LimitTable = new EntitySchema<LimitRow & Arrival>({
  name: 'catalogue_limit',
  columns: {
    id: { type: 'uuid', primary: true },
    planId: { type: 'uuid', name: 'plan_id' },
    item: { type: 'text' },
    title: { type: 'text' },
    included: countColumn,
    offered: { type: 'bigint', array: true },
    customLeast: { ...countColumn, name: 'custom_least', nullable: true },
    customMost: { ...countColumn, name: 'custom_most', nullable: true },
    step: countColumn,
    removed: { type: 'boolean' },
    setAt: { type: 'timestamptz', name: 'set_at' },
    setBy: { type: 'uuid', name: 'set_by', nullable: true },
    seq: arrivalColumn,
  },
});

/** A pack of credits as its row has it. */
export type PackRow = { id: string; kind: CreditKind; credits: bigint; retiredAt: Date | null; position: string };

export const PackTable = new EntitySchema<PackRow>({
  name: 'credit_pack',
  columns: {
    id: { type: 'uuid', primary: true },
    kind: { type: 'text' },
    credits: bigintColumn,
    retiredAt: { type: 'timestamptz', name: 'retired_at', nullable: true },
    position: { type: 'text', insert: false, update: false },
  },
});

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

export const PlanPriceTable = new EntitySchema<SetPrice & { setBy: string | null } & Arrival>({
  name: 'catalogue_price',
  columns: {
    id: { type: 'uuid', primary: true },
    ofId: { type: 'uuid', name: 'plan_id' },
    part: { type: 'text' },
    item: { type: 'text' },
    frequency: { type: 'text' },
    currency: { type: 'text' },
    amount: { ...bigintColumn, nullable: true },
    effectiveFrom: { type: 'timestamptz', name: 'effective_from' },
    setAt: { type: 'timestamptz', name: 'set_at' },
    setBy: { type: 'uuid', name: 'set_by', nullable: true, select: false },
    seq: arrivalColumn,
  },
});

export const PackPriceTable = new EntitySchema<
  Omit<SetPrice, 'part' | 'item' | 'frequency'> & { setBy: string | null } & Arrival
>({
  name: 'credit_pack_price',
  columns: {
    id: { type: 'uuid', primary: true },
    ofId: { type: 'uuid', name: 'pack_id' },
    currency: { type: 'text' },
    amount: { ...bigintColumn, nullable: true },
    effectiveFrom: { type: 'timestamptz', name: 'effective_from' },
    setAt: { type: 'timestamptz', name: 'set_at' },
    setBy: { type: 'uuid', name: 'set_by', nullable: true, select: false },
    seq: arrivalColumn,
  },
});
