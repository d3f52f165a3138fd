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

export const WalletTable = new EntitySchema<WalletRow>({
  name: 'wallet',
  columns: {
    id: { type: 'uuid', primary: true },
    accountId: { type: 'uuid', name: 'account_id' },
    kind: { type: 'text' },
    profileId: { type: 'uuid', name: 'profile_id', nullable: true },
    earmarkId: { type: 'uuid', name: 'earmark_id', nullable: true },
    balance: bigintColumn,
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
    seq: bigintColumn,
    originLotId: { type: 'uuid', name: 'origin_lot_id', nullable: true },
  },
});
