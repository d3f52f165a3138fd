import { bigintColumn } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';
import { type Arrival, arrivalColumn } from '../base/arrivalColumn.ts';
import type { Money } from '../books/money/money.ts';
import type { CommissionTerms } from './commission.ts';

/** What a paid invoice earned a partner, or what a credit note took back of it (negative). */
export type CommissionLineRow = {
  id: string;
  kind: 'EARNED' | 'REVERSED';
  partnerId: string;
  clientId: string;
  invoiceId: string;
  currency: string;
  /** Of the invoice, or what the credit note took back of it. */
  net: bigint;
  basisPoints: number;
  amount: bigint;
  month: string;
  bookedAt: Date;
};

export const CommissionLineTable = new EntitySchema<
  CommissionLineRow & { creditNoteId: string | null; transactionId: string | null }
>({
  name: 'commission_line',
  columns: {
    id: { type: 'uuid', primary: true },
    kind: { type: 'text' },
    partnerId: { type: 'uuid', name: 'partner_id' },
    clientId: { type: 'uuid', name: 'client_id' },
    invoiceId: { type: 'uuid', name: 'invoice_id' },
    creditNoteId: { type: 'uuid', name: 'credit_note_id', nullable: true, select: false },
    currency: { type: 'text' },
    net: bigintColumn,
    basisPoints: { type: 'integer', name: 'basis_points' },
    amount: bigintColumn,
    month: { type: 'text' },
    transactionId: { type: 'uuid', name: 'transaction_id', nullable: true, select: false },
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

export const CommissionPayoutTable = new EntitySchema<CommissionPayoutRow & { transactionId: string | null }>({
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
    transactionId: { type: 'uuid', name: 'transaction_id', nullable: true, select: false },
  },
});

/** Which statements a payout pays. */
export const PayoutStatementTable = new EntitySchema<{ payoutId: string; statementId: string }>({
  name: 'commission_payout_statement',
  columns: {
    payoutId: { type: 'uuid', primary: true, name: 'payout_id' },
    statementId: { type: 'uuid', primary: true, name: 'statement_id' },
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

/** What a sale earns from an instant on; `partnerId` null: for all who have no terms of their own. */
export type CommissionTermsRow = CommissionTerms & { id: string; partnerId: string | null; validFrom: Date };

export const CommissionTermsTable = new EntitySchema<CommissionTermsRow & { setBy: string | null } & Arrival>({
  name: 'commission_terms',
  columns: {
    id: { type: 'uuid', primary: true },
    partnerId: { type: 'uuid', name: 'partner_id', nullable: true },
    basisPoints: { type: 'integer', name: 'basis_points' },
    months: { type: 'integer', nullable: true },
    validFrom: { type: 'timestamptz', name: 'valid_from' },
    setBy: { type: 'uuid', name: 'set_by', nullable: true, select: false },
    seq: arrivalColumn,
  },
});

/** The least that is paid out in a currency. */
export const CommissionMinimumTable = new EntitySchema<Money & { setBy: string | null; setAt: Date }>({
  name: 'commission_minimum',
  columns: {
    currency: { type: 'text', primary: true },
    minor: bigintColumn,
    setBy: { type: 'uuid', name: 'set_by', nullable: true },
    setAt: { type: 'timestamptz', name: 'set_at' },
  },
});

/** What a credit note took back from a client that somebody brought. */
export type CommissionCreditNoteRow = {
  id: string;
  clientId: string;
  currency: string;
  net: bigint;
  issuedAt: Date;
  namesInvoice: boolean;
};

export const CommissionCreditNoteTable = new EntitySchema<CommissionCreditNoteRow>({
  name: 'commission_credit_note',
  columns: {
    id: { type: 'uuid', primary: true },
    clientId: { type: 'uuid', name: 'client_id' },
    currency: { type: 'text' },
    net: bigintColumn,
    issuedAt: { type: 'timestamptz', name: 'issued_at' },
    namesInvoice: { type: 'boolean', name: 'names_invoice' },
  },
});

/** How much of which invoice a credit note took back. */
export type CommissionCreditRow = { creditNoteId: string; invoiceId: string; net: bigint; recordedAt: Date };

export const CommissionCreditTable = new EntitySchema<CommissionCreditRow>({
  name: 'commission_credit',
  columns: {
    creditNoteId: { type: 'uuid', primary: true, name: 'credit_note_id' },
    invoiceId: { type: 'uuid', primary: true, name: 'invoice_id' },
    net: bigintColumn,
    recordedAt: { type: 'timestamptz', name: 'recorded_at' },
  },
});
