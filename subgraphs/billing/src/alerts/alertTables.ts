import { bigintColumn } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';

/** Below what balance of a wallet the people of an account are told. */
export type WalletAlert = { walletId: string; below: bigint; armed: boolean; wentOffAt: Date | null };

export const WalletAlertTable = new EntitySchema<WalletAlert & { accountId: string }>({
  name: 'wallet_alert',
  columns: {
    walletId: { type: 'uuid', primary: true, name: 'wallet_id' },
    accountId: { type: 'uuid', primary: true, name: 'account_id' },
    below: bigintColumn,
    armed: { type: 'boolean' },
    wentOffAt: { type: 'timestamptz', name: 'went_off_at', nullable: true },
  },
});
