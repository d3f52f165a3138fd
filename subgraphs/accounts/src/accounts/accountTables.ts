import { EntitySchema } from 'typeorm';

export type AccountKind = 'PROVIDER' | 'PARTNER' | 'CLIENT';

export type AccountStatus = 'ACTIVE' | 'CANCELLED';

export type AccountRow = {
  id: string;
  kind: AccountKind;
  status: AccountStatus;
  name: string;
  /** IANA; where the account's days begin (A18). */
  timeZone: string;
  createdAt: Date;
  cancelledAt: Date | null;
};

export const AccountTable = new EntitySchema<AccountRow>({
  name: 'account',
  columns: {
    id: { type: 'uuid', primary: true },
    kind: { type: 'text' },
    status: { type: 'text' },
    name: { type: 'text' },
    timeZone: { type: 'text', name: 'time_zone' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    cancelledAt: { type: 'timestamptz', name: 'cancelled_at', nullable: true },
  },
});
