import { bigintColumn } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';

/** A wallet that is filled up by itself. */
export type TopUp = {
  walletId: string;
  accountId: string;
  below: bigint;
  packId: string;
  quantity: number;
  profileId: string;
  currency: string;
  monthlyCap: bigint;
  active: boolean;
  stoppedBecause: string | null;
  /** Until when the cap leaves no room: the end of the month. */
  cappedUntil: Date | null;
};

export const TopUpTable = new EntitySchema<TopUp & { setBy: string | null; setAt: Date }>({
  name: 'wallet_top_up',
  columns: {
    walletId: { type: 'uuid', primary: true, name: 'wallet_id' },
    accountId: { type: 'uuid', name: 'account_id' },
    below: bigintColumn,
    packId: { type: 'uuid', name: 'pack_id' },
    quantity: { type: 'integer' },
    profileId: { type: 'uuid', name: 'profile_id' },
    currency: { type: 'text' },
    monthlyCap: { ...bigintColumn, name: 'monthly_cap' },
    active: { type: 'boolean' },
    stoppedBecause: { type: 'text', name: 'stopped_because', nullable: true },
    cappedUntil: { type: 'timestamptz', name: 'capped_until', nullable: true },
    setBy: { type: 'uuid', name: 'set_by', nullable: true, select: false },
    setAt: { type: 'timestamptz', name: 'set_at', select: false },
  },
});

export type Purchase = {
  id: string;
  walletId: string;
  amount: bigint;
  currency: string;
  state: 'UNDER_WAY' | 'BOUGHT' | 'FAILED';
  failure: string | null;
  askedAt: Date;
  endedAt: Date | null;
};

/** `month`: that for whose cap it counts, in the time zone of the account. */
export const PurchaseTable = new EntitySchema<Purchase & { month: string }>({
  name: 'wallet_top_up_purchase',
  columns: {
    id: { type: 'uuid', primary: true },
    walletId: { type: 'uuid', name: 'wallet_id' },
    month: { type: 'text', select: false },
    amount: bigintColumn,
    currency: { type: 'text' },
    state: { type: 'text' },
    failure: { type: 'text', nullable: true },
    askedAt: { type: 'timestamptz', name: 'asked_at' },
    endedAt: { type: 'timestamptz', name: 'ended_at', nullable: true },
  },
});
