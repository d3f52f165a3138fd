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

export type CommissionBatchRow = {
  id: string;
  currency: string;
  month: string;
  state: 'EXPORTED' | 'CONFIRMED' | 'CANCELLED';
  createdBy: string;
  createdAt: Date;
  settledAt: Date | null;
};

/** A partner's referral code that is good now. */
export type ReferralRow = { code: string; partnerId: string; createdAt: Date };

export type AttributionRow = { clientId: string; partnerId: string; attributedAt: Date };
