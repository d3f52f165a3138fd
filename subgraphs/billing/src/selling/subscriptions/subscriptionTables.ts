import { bigintColumn } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';
import { type Arrival, arrivalColumn } from '../../base/arrivalColumn.ts';
import type { PlanFeature, PlanKind, PriceVersion } from '../../pricing/catalogue/plan.ts';
import type { SoldTerms } from '../../pricing/prices/change.ts';
import type { Frequency, Period } from '../../pricing/prices/periods.ts';
import { type PricePart, partsFromJson, partsToJson } from '../../pricing/prices/price.ts';

/** What was sold, with its price: it stays whatever the catalogue says by then (A19-A25). */
export type SubscriptionTerms = Pick<
  SoldTerms,
  'list' | 'parts' | 'resellerBasisPoints' | 'migrationDiscount' | 'migrationBasisPoints'
> & {
  priceVersion: PriceVersion;
  product: string;
  plan: string;
  title: string;
  kind: PlanKind;
  rank: number;
  features: PlanFeature[];
  contacts: number | null;
  /** Null of free plans, which are not billed. */
  frequency: Frequency | null;
  /** Every item that the plan limits, chosen or as the plan includes it. */
  limits: { item: string; title: string; value: number; custom: boolean; chosen: boolean }[];
  addOns: string[];
};

/** ACTIVE goes on; CANCELLED runs to the end of its period; EXPIRED is over. */
export type SubscriptionStatus = 'ACTIVE' | 'CANCELLED' | 'EXPIRED';

/** What an account has subscribed to. One per account. */
export type SubscriptionRow = {
  id: string;
  accountId: string;
  /** The chosen billing profile and its account; null while nothing is to be paid. */
  profileId: string | null;
  payerId: string | null;
  /** Who paid for the running cycle: what is given back of it is theirs. */
  cycleProfileId: string | null;
  terms: SubscriptionTerms;
  /** Null without a profile. */
  currency: string | null;
  perCycle: bigint;
  anchor: string;
  period: Period;
  /** Its days are days in this zone. */
  timeZone: string;
  /** When the period ends; null once it has expired. */
  dueAt: Date | null;
  status: SubscriptionStatus;
  /** Kept for good (A54). */
  purchasedAt: Date;
  cancelledAt: Date | null;
  disabledAt: Date | null;
  expiredAt: Date | null;
  trialRenewedAt: Date | null;
};

export type ChangeKind =
  | 'CREATED'
  | 'UPGRADED'
  | 'DOWNGRADED'
  | 'CHANGED'
  | 'RENEWED'
  | 'RESUMED'
  | 'TRIAL_EXTENDED'
  | 'CANCELLED'
  | 'DISABLED'
  | 'ENABLED'
  | 'PROFILE_CHOSEN'
  | 'EXPIRED';

/** Something that became of a subscription, and how it stood after. */
export type ChangeRow = {
  id: string;
  subscriptionId: string;
  accountId: string;
  /** Who pays, and so who may see what it costs. */
  ownerId: string;
  kind: ChangeKind;
  changedAt: Date;
  changedBy: string | null;
  quoteId: string | null;
  invoiceId: string | null;
  periodFrom: string;
  periodTo: string;
  terms: SubscriptionTerms;
  currency: string | null;
  perCycle: bigint;
};

type WrittenParts = (Omit<PricePart, 'amount'> & { amount: string })[];
export type WrittenTerms = Omit<SubscriptionTerms, 'list' | 'parts' | 'migrationDiscount'> & {
  list: string;
  migrationDiscount: string;
  parts: WrittenParts;
};

/** The terms as JSON, amounts as text: a JSON number would lose cents. */
export const writeTerms = ({ list, parts, migrationDiscount, ...terms }: SubscriptionTerms): WrittenTerms => ({
  ...terms,
  list: list.toString(),
  migrationDiscount: migrationDiscount.toString(),
  parts: partsToJson(parts) as unknown as WrittenParts,
});

/** Reads what `writeTerms` wrote. */
export const readTerms = ({ list, parts, migrationDiscount, ...terms }: WrittenTerms): SubscriptionTerms => ({
  ...terms,
  list: BigInt(list),
  migrationDiscount: BigInt(migrationDiscount),
  parts: partsFromJson(parts),
});

/** A subscription as its row has it. */
export type SubscriptionColumns = Omit<SubscriptionRow, 'terms' | 'period'> & {
  terms: WrittenTerms;
  periodIndex: number;
  periodFrom: string;
  periodTo: string;
};

export const SubscriptionTable = new EntitySchema<SubscriptionColumns>({
  name: 'subscription',
  columns: {
    id: { type: 'uuid', primary: true },
    accountId: { type: 'uuid', name: 'account_id' },
    profileId: { type: 'uuid', name: 'profile_id', nullable: true },
    payerId: { type: 'uuid', name: 'payer_id', nullable: true },
    cycleProfileId: { type: 'uuid', name: 'cycle_profile_id', nullable: true },
    terms: { type: 'jsonb' },
    currency: { type: 'text', nullable: true },
    perCycle: { ...bigintColumn, name: 'per_cycle' },
    anchor: { type: 'date' },
    periodIndex: { type: 'integer', name: 'period_index' },
    periodFrom: { type: 'date', name: 'period_from' },
    periodTo: { type: 'date', name: 'period_to' },
    timeZone: { type: 'text', name: 'time_zone' },
    dueAt: { type: 'timestamptz', name: 'due_at', nullable: true },
    status: { type: 'text' },
    purchasedAt: { type: 'timestamptz', name: 'purchased_at' },
    cancelledAt: { type: 'timestamptz', name: 'cancelled_at', nullable: true },
    disabledAt: { type: 'timestamptz', name: 'disabled_at', nullable: true },
    expiredAt: { type: 'timestamptz', name: 'expired_at', nullable: true },
    trialRenewedAt: { type: 'timestamptz', name: 'trial_renewed_at', nullable: true },
  },
});

export type ChangeColumns = Omit<ChangeRow, 'terms'> & { terms: WrittenTerms };

export const SubscriptionChangeTable = new EntitySchema<ChangeColumns & Arrival>({
  name: 'subscription_change',
  columns: {
    id: { type: 'uuid', primary: true },
    subscriptionId: { type: 'uuid', name: 'subscription_id' },
    accountId: { type: 'uuid', name: 'account_id' },
    ownerId: { type: 'uuid', name: 'owner_id' },
    kind: { type: 'text' },
    changedAt: { type: 'timestamptz', name: 'changed_at' },
    changedBy: { type: 'uuid', name: 'changed_by', nullable: true },
    quoteId: { type: 'uuid', name: 'quote_id', nullable: true },
    invoiceId: { type: 'uuid', name: 'invoice_id', nullable: true },
    periodFrom: { type: 'date', name: 'period_from' },
    periodTo: { type: 'date', name: 'period_to' },
    terms: { type: 'jsonb' },
    currency: { type: 'text', nullable: true },
    perCycle: { ...bigintColumn, name: 'per_cycle' },
    seq: arrivalColumn,
  },
});
