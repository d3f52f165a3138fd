import { bigintColumn } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';
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

export const LedgerTransactionTable = new EntitySchema<LedgerTransactionRow>({
  name: 'ledger_transaction',
  columns: {
    id: { type: 'uuid', primary: true },
    type: { type: 'text' },
    reference: { type: 'text', nullable: true },
    bookedAt: { type: 'timestamptz', name: 'booked_at' },
    cause: { type: 'jsonb' },
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
