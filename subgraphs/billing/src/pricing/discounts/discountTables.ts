import { EntitySchema } from 'typeorm';
import { type Arrival, arrivalColumn } from '../../base/arrivalColumn.ts';

/** What a partner gets off what it buys, from an instant until the next one is set. */
export type ResellerDiscount = { id: string; accountId: string; basisPoints: number; setAt: Date };

export const ResellerDiscountTable = new EntitySchema<ResellerDiscount & { setBy: string } & Arrival>({
  name: 'reseller_discount',
  columns: {
    id: { type: 'uuid', primary: true },
    accountId: { type: 'uuid', name: 'account_id' },
    basisPoints: { type: 'integer', name: 'basis_points' },
    setAt: { type: 'timestamptz', name: 'set_at' },
    setBy: { type: 'uuid', name: 'set_by', select: false },
    seq: arrivalColumn,
  },
});

/** What a payer gets off once, on what it buys for an account. */
export type MigrationDiscount = {
  id: string;
  payerId: string;
  accountId: string;
  basisPoints: number;
  grantedAt: Date;
  usedAt: Date | null;
  withdrawnAt: Date | null;
};

export const MigrationDiscountTable = new EntitySchema<
  MigrationDiscount & { grantedBy: string; usedQuoteId: string | null }
>({
  name: 'migration_discount',
  columns: {
    id: { type: 'uuid', primary: true },
    payerId: { type: 'uuid', name: 'payer_id' },
    accountId: { type: 'uuid', name: 'account_id' },
    basisPoints: { type: 'integer', name: 'basis_points' },
    grantedAt: { type: 'timestamptz', name: 'granted_at' },
    grantedBy: { type: 'uuid', name: 'granted_by', select: false },
    usedAt: { type: 'timestamptz', name: 'used_at', nullable: true },
    usedQuoteId: { type: 'uuid', name: 'used_quote_id', nullable: true, select: false },
    withdrawnAt: { type: 'timestamptz', name: 'withdrawn_at', nullable: true },
  },
});
