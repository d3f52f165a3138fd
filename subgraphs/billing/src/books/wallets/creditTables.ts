import { bigintColumn } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';
import type { LedgerKind } from '../ledger/kinds.ts';
import type { Lot } from '../lots/allocate.ts';

export type WalletRow = {
  id: string;
  accountId: string;
  kind: LedgerKind;
  /**
   * Of prepaid money: the billing profile that it belongs to, and the account that it is kept for, if any. Null of
   * credits.
   */
  profileId: string | null;
  earmarkId: string | null;
  /**
   * What its lots have left, expired ones included until they are swept: a projection of the ledger that checks prove.
   */
  balance: bigint;
};

export const WalletTable = new EntitySchema<WalletRow & { openedAt: Date }>({
  name: 'wallet',
  columns: {
    id: { type: 'uuid', primary: true },
    accountId: { type: 'uuid', name: 'account_id' },
    kind: { type: 'text' },
    profileId: { type: 'uuid', name: 'profile_id', nullable: true },
    earmarkId: { type: 'uuid', name: 'earmark_id', nullable: true },
    balance: bigintColumn,
    // By the database when the row is added.
    openedAt: { type: 'timestamptz', name: 'opened_at', insert: false, update: false, select: false },
  },
});

/** `originLotId`: the lot that its credits were allocated from, if they were. */
export type LotRow = Lot & { walletId: string; original: bigint; originLotId: string | null };

export const LotTable = new EntitySchema<LotRow>({
  name: 'lot',
  columns: {
    id: { type: 'uuid', primary: true },
    walletId: { type: 'uuid', name: 'wallet_id' },
    source: { type: 'text' },
    priority: { type: 'smallint' },
    grantedAt: { type: 'timestamptz', name: 'granted_at' },
    expiresAt: { type: 'timestamptz', name: 'expires_at', nullable: true },
    original: bigintColumn,
    remaining: bigintColumn,
    // By the database, too.
    seq: { ...bigintColumn, insert: false, update: false },
    originLotId: { type: 'uuid', name: 'origin_lot_id', nullable: true },
  },
});

/** What charges took out of a wallet in an hour. */
export type WalletHourRow = { walletId: string; hour: Date; credits: bigint };

export const WalletHourTable = new EntitySchema<WalletHourRow>({
  name: 'wallet_hour',
  columns: {
    walletId: { type: 'uuid', primary: true, name: 'wallet_id' },
    hour: { type: 'timestamptz', primary: true },
    credits: bigintColumn,
  },
});

/** That somebody was told about a lot, so many days before it expires. */
export type ExpiryNoticeRow = { lotId: string; days: number; toldAt: Date };

export const ExpiryNoticeTable = new EntitySchema<ExpiryNoticeRow>({
  name: 'lot_expiry_notice',
  columns: {
    lotId: { type: 'uuid', primary: true, name: 'lot_id' },
    days: { type: 'smallint', primary: true },
    toldAt: { type: 'timestamptz', name: 'told_at' },
  },
});
