import { bigintColumn } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';

/** Prepaid money that is set aside for a payment under way. */
export type HoldRow = {
  id: string;
  profileId: string;
  /** For whom; `payerId` is the account of the profile. */
  accountId: string;
  payerId: string;
  currency: string;
  amount: bigint;
  /** Names what it waits for: no two are held or used for the same. */
  reference: string;
  /** Ids of what it waits for. */
  cause: Record<string, string>;
  state: 'HELD' | 'USED' | 'RELEASED';
  /** The transaction that took it out of the wallets. */
  transactionId: string;
  heldAt: Date;
  settledAt: Date | null;
};

export const HoldTable = new EntitySchema<HoldRow>({
  name: 'prepaid_hold',
  columns: {
    id: { type: 'uuid', primary: true },
    payerId: { type: 'uuid', name: 'payer_id' },
    profileId: { type: 'uuid', name: 'profile_id' },
    accountId: { type: 'uuid', name: 'account_id' },
    currency: { type: 'text' },
    amount: bigintColumn,
    reference: { type: 'text' },
    cause: { type: 'jsonb' },
    state: { type: 'text' },
    transactionId: { type: 'uuid', name: 'transaction_id' },
    heldAt: { type: 'timestamptz', name: 'held_at' },
    settledAt: { type: 'timestamptz', name: 'settled_at', nullable: true },
  },
});
