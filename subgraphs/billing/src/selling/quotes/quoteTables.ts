import { bigintColumn } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';
import type { InvoiceLineDraft } from '../../pricing/prices/invoiceLine.ts';
import type { Offer, QuoteKindName } from './kind.ts';

/** PAYING: committed, and its payment is under way. What is OPEN and past its hour is shown as EXPIRED. */
export type QuoteState = 'OPEN' | 'PAYING' | 'COMMITTED';

/**
 * What is due today, in the smallest unit of the offer's currency: prepaid money taken off, the tax beside it, and what
 * the card is charged.
 */
export type Amounts = { prepaidApplied: bigint; dueToday: bigint; taxToday: bigint; chargedToday: bigint };

/** What a change would cost, as it was said to somebody; and what became of it. */
export type QuoteRow = Amounts & {
  id: string;
  kind: QuoteKindName;
  /** Whom it is about. */
  accountId: string;
  /** Whose bill it is: who sees it. */
  ownerId: string;
  profileId: string | null;
  input: Record<string, unknown>;
  offer: Offer;
  createdAt: Date;
  expiresAt: Date;
  /** A user's id; null when no one asked. */
  createdBy: string | null;
  /** Names once what no one asked for. */
  reference: string | null;
  state: QuoteState;
  commitAccount: string | null;
  commitKey: string | null;
  commitHash: Buffer | null;
  /** The key with a budget that commits it. */
  apiKeyId: string | null;
  paymentId: string | null;
  holdId: string | null;
  invoiceId: string | null;
  /** Ids of what it made. */
  made: Record<string, string> | null;
  committedAt: Date | null;
};

const AMOUNTS = ['listValue', 'migrationDiscount', 'resellerDiscount', 'prorated'] as const;

type WrittenLine = Omit<InvoiceLineDraft, 'amount'> & { amount: string };
export type WrittenOffer = Omit<Offer, (typeof AMOUNTS)[number] | 'perCycle' | 'lines'> &
  Record<(typeof AMOUNTS)[number], string> & { perCycle: string | null; lines: WrittenLine[] };

/** The offer as JSON, amounts as text: a JSON number would lose cents. */
export function writeOffer({ perCycle, lines, ...offer }: Offer): WrittenOffer {
  return {
    ...offer,
    listValue: offer.listValue.toString(),
    migrationDiscount: offer.migrationDiscount.toString(),
    resellerDiscount: offer.resellerDiscount.toString(),
    prorated: offer.prorated.toString(),
    perCycle: perCycle === null ? null : perCycle.toString(),
    lines: lines.map(({ amount, ...line }) => ({ ...line, amount: amount.toString() })),
  };
}

/** Reads what `writeOffer` wrote. */
export function readOffer({ perCycle, lines, ...offer }: WrittenOffer): Offer {
  return {
    ...offer,
    listValue: BigInt(offer.listValue),
    migrationDiscount: BigInt(offer.migrationDiscount),
    resellerDiscount: BigInt(offer.resellerDiscount),
    prorated: BigInt(offer.prorated),
    perCycle: perCycle === null ? null : BigInt(perCycle),
    lines: lines.map(({ amount, ...line }) => ({ ...line, amount: BigInt(amount) })),
  };
}

/** What was asked for, as JSON: amounts, which JSON numbers would round, are marked as such. */
const writeInput = (input: Record<string, unknown>): unknown =>
  JSON.parse(
    JSON.stringify(input, (_key, value: unknown) => (typeof value === 'bigint' ? { bigint: value.toString() } : value)),
  );

/** Reads what `writeInput` wrote. */
export const readInput = (input: unknown): Record<string, unknown> =>
  JSON.parse(JSON.stringify(input), (_key, value: unknown) => {
    const marked = typeof value === 'object' && value !== null && 'bigint' in value && Object.keys(value).length === 1;
    return marked ? BigInt(value.bigint as string) : value;
  });

export const QuoteTable = new EntitySchema<QuoteRow>({
  name: 'quote',
  columns: {
    id: { type: 'uuid', primary: true },
    kind: { type: 'text' },
    accountId: { type: 'uuid', name: 'account_id' },
    ownerId: { type: 'uuid', name: 'owner_id' },
    profileId: { type: 'uuid', name: 'profile_id', nullable: true },
    input: { type: 'jsonb', transformer: { to: writeInput, from: readInput } },
    offer: { type: 'jsonb', transformer: { to: writeOffer, from: readOffer } },
    prepaidApplied: { ...bigintColumn, name: 'prepaid_applied' },
    dueToday: { ...bigintColumn, name: 'due_today' },
    taxToday: { ...bigintColumn, name: 'tax_today' },
    chargedToday: { ...bigintColumn, name: 'charged_today' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    expiresAt: { type: 'timestamptz', name: 'expires_at' },
    createdBy: { type: 'uuid', name: 'created_by', nullable: true },
    reference: { type: 'text', nullable: true },
    state: { type: 'text' },
    commitAccount: { type: 'uuid', name: 'commit_account', nullable: true },
    commitKey: { type: 'text', name: 'commit_key', nullable: true },
    commitHash: { type: 'bytea', name: 'commit_hash', nullable: true },
    apiKeyId: { type: 'uuid', name: 'api_key_id', nullable: true },
    paymentId: { type: 'uuid', name: 'payment_id', nullable: true },
    holdId: { type: 'uuid', name: 'hold_id', nullable: true },
    invoiceId: { type: 'uuid', name: 'invoice_id', nullable: true },
    made: { type: 'jsonb', nullable: true },
    committedAt: { type: 'timestamptz', name: 'committed_at', nullable: true },
  },
});
