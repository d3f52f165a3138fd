import { EntitySchema } from 'typeorm';
import { bigintColumn } from '../bigintColumn.ts';
import type { Lot } from './allocate.ts';

export type CreditKind = 'MONEY' | 'TRACKER' | 'SMS' | 'INBOX_PREVIEW';

export type WalletRow = {
  id: string;
  accountId: string;
  kind: CreditKind;
  /** What its lots have left, expired ones included until they are swept: a projection of the ledger that checks prove. */
  balance: bigint;
};

export const WalletTable = new EntitySchema<WalletRow>({
  name: 'wallet',
  columns: {
    id: { type: 'uuid', primary: true },
    accountId: { type: 'uuid', name: 'account_id' },
    kind: { type: 'text' },
    balance: bigintColumn,
  },
});

export type LotRow = Lot & { walletId: string; original: bigint };

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
  },
});
