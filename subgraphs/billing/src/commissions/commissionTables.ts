import { bigintColumn } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';

/** What a paid invoice earned a partner, or what a credit note took back of it (negative). */
export type CommissionLineRow = {
  id: string;
  kind: 'EARNED' | 'REVERSED';
  partnerId: string;
  clientId: string;
  currency: string;
  /** Of the invoice, or what the credit note took back of it. */
  net: bigint;
  basisPoints: number;
  amount: bigint;
  month: string;
  bookedAt: Date;
};

export const CommissionLineTable = new EntitySchema<CommissionLineRow>({
  name: 'commission_line',
  columns: {
    id: { type: 'uuid', primary: true },
    kind: { type: 'text' },
    partnerId: { type: 'uuid', name: 'partner_id' },
    clientId: { type: 'uuid', name: 'client_id' },
    currency: { type: 'text' },
    net: bigintColumn,
    basisPoints: { type: 'integer', name: 'basis_points' },
    amount: bigintColumn,
    month: { type: 'text' },
    bookedAt: { type: 'timestamptz', name: 'booked_at' },
  },
});

/** A month of a partner in one currency, closed after its end. */
export type CommissionStatementRow = {
  id: string;
  partnerId: string;
  currency: string;
  /** In UTC: `2026-11`. */
  month: string;
  earned: bigint;
  /** Positive. */
  reversed: bigint;
  lines: number;
  closedAt: Date;
};

export const CommissionStatementTable = new EntitySchema<CommissionStatementRow>({
  name: 'commission_statement',
  columns: {
    id: { type: 'uuid', primary: true },
    partnerId: { type: 'uuid', name: 'partner_id' },
    currency: { type: 'text' },
    month: { type: 'text' },
    earned: bigintColumn,
    reversed: bigintColumn,
    lines: { type: 'integer' },
    closedAt: { type: 'timestamptz', name: 'closed_at' },
  },
});

export type CommissionPayoutRow = {
  id: string;
  batchId: string;
  partnerId: string;
  currency: string;
  amount: bigint;
  address: string | null;
  state: 'PENDING' | 'PAID' | 'FAILED';
  createdAt: Date;
  settledAt: Date | null;
};

export const CommissionPayoutTable = new EntitySchema<CommissionPayoutRow>({
  name: 'commission_payout',
  columns: {
    id: { type: 'uuid', primary: true },
    batchId: { type: 'uuid', name: 'batch_id' },
    partnerId: { type: 'uuid', name: 'partner_id' },
    currency: { type: 'text' },
    amount: bigintColumn,
    address: { type: 'text', nullable: true },
    state: { type: 'text' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    settledAt: { type: 'timestamptz', name: 'settled_at', nullable: true },
  },
});

export type CommissionBatchRow = {
  id: string;
  currency: string;
  month: string;
  state: 'EXPORTED' | 'CONFIRMED' | 'CANCELLED';
  createdBy: string;
  createdAt: Date;
  settledAt: Date | null;
};

export const CommissionBatchTable = new EntitySchema<CommissionBatchRow>({
  name: 'commission_batch',
  columns: {
    id: { type: 'uuid', primary: true },
    currency: { type: 'text' },
    month: { type: 'text' },
    state: { type: 'text' },
    createdBy: { type: 'uuid', name: 'created_by' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    settledAt: { type: 'timestamptz', name: 'settled_at', nullable: true },
  },
});

/** A partner's referral code that is good now. */
export type ReferralRow = { code: string; partnerId: string; createdAt: Date };

export const ReferralTable = new EntitySchema<ReferralRow & { endedAt: Date | null }>({
  name: 'referral_code',
  columns: {
    code: { type: 'text', primary: true },
    partnerId: { type: 'uuid', name: 'partner_id' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    endedAt: { type: 'timestamptz', name: 'ended_at', nullable: true, select: false },
  },
});

/** Who brought a client. */
export type AttributionRow = { clientId: string; partnerId: string; attributedAt: Date };

export const AttributionTable = new EntitySchema<AttributionRow & { code: string }>({
  name: 'referral_attribution',
  columns: {
    clientId: { type: 'uuid', primary: true, name: 'client_id' },
    partnerId: { type: 'uuid', name: 'partner_id' },
    code: { type: 'text', select: false },
    attributedAt: { type: 'timestamptz', name: 'attributed_at' },
  },
});

/** Where a partner is paid; null for nowhere. */
export type PayoutAddressRow = { partnerId: string; email: string | null };

export const PayoutAddressTable = new EntitySchema<PayoutAddressRow & { setBy: string; setAt: Date }>({
  name: 'payout_address',
  columns: {
    partnerId: { type: 'uuid', primary: true, name: 'partner_id' },
    email: { type: 'text', nullable: true },
    setBy: { type: 'uuid', name: 'set_by', select: false },
    setAt: { type: 'timestamptz', name: 'set_at', select: false },
  },
});
