import { bigintColumn, xidColumn } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';
import { type Arrival, arrivalColumn } from '../../base/arrivalColumn.ts';
import type { Book, LedgerKind, LedgerTransactionType } from './kinds.ts';

/**
 * Things that happened together to the books. Its entries sum to zero per kind; neither it nor they are ever changed.
 */
export type LedgerTransactionRow = {
  id: string;
  type: LedgerTransactionType;
  /**
   * Unique: names what may happen only once. Null where something else makes it unique, as a charge's event id does.
   */
  reference: string | null;
  bookedAt: Date;
  /** Ids of what led to it; never a name or an e-mail. */
  cause: Record<string, string>;
};

/** With its place among those that are to be sealed. */
export const LedgerTransactionTable = new EntitySchema<LedgerTransactionRow & { xid: string } & Arrival>({
  name: 'ledger_transaction',
  columns: {
    id: { type: 'uuid', primary: true },
    type: { type: 'text' },
    reference: { type: 'text', nullable: true },
    bookedAt: { type: 'timestamptz', name: 'booked_at' },
    cause: { type: 'jsonb' },
    xid: { ...xidColumn, insert: false, update: false },
    seq: arrivalColumn,
  },
});

/** One posting, on a wallet or on one of our own books. */
export type LedgerEntryRow = {
  id: string;
  transactionId: string;
  bookedAt: Date;
  walletId: string | null;
  book: Book | null;
  /** On a wallet's entry: the lot that the credits came into or went out of. */
  lotId: string | null;
  kind: LedgerKind;
  amount: bigint;
};

export const LedgerEntryTable = new EntitySchema<LedgerEntryRow>({
  name: 'ledger_entry',
  columns: {
    id: { type: 'uuid', primary: true },
    transactionId: { type: 'uuid', name: 'transaction_id' },
    bookedAt: { type: 'timestamptz', name: 'booked_at' },
    walletId: { type: 'uuid', name: 'wallet_id', nullable: true },
    book: { type: 'text', nullable: true },
    lotId: { type: 'uuid', name: 'lot_id', nullable: true },
    kind: { type: 'text' },
    amount: bigintColumn,
  },
});

/** What moved a wallet's credits other than charges. */
export type CreditMovementRow = { walletId: string; bookedAt: Date; transactionId: string; credits: bigint };

export const CreditMovementTable = new EntitySchema<CreditMovementRow>({
  name: 'credit_movement',
  columns: {
    walletId: { type: 'uuid', primary: true, name: 'wallet_id' },
    bookedAt: { type: 'timestamptz', primary: true, name: 'booked_at' },
    transactionId: { type: 'uuid', primary: true, name: 'transaction_id' },
    credits: bigintColumn,
  },
});

/** What each lot of a wallet had left just before an instant. */
export type SnapshotRow = { walletId: string; before: Date; lotIds: string[]; remaining: bigint[] };

export const SnapshotTable = new EntitySchema<SnapshotRow>({
  name: 'wallet_snapshot',
  columns: {
    walletId: { type: 'uuid', primary: true, name: 'wallet_id' },
    before: { type: 'timestamptz', primary: true },
    lotIds: { type: 'uuid', array: true, name: 'lot_ids' },
    remaining: { type: 'bigint', array: true },
  },
});

/** How many entries of a wallet were sealed since its last snapshot. */
export const SnapshotDueTable = new EntitySchema<{ walletId: string; entries: bigint }>({
  name: 'wallet_snapshot_due',
  columns: { walletId: { type: 'uuid', primary: true, name: 'wallet_id' }, entries: bigintColumn },
});

/** Up to which place of the sealed chain entries have been counted; one row. */
export const SnapshotProgressTable = new EntitySchema<{ one: boolean; position: bigint }>({
  name: 'wallet_snapshot_progress',
  columns: { one: { type: 'boolean', primary: true }, position: bigintColumn },
});
