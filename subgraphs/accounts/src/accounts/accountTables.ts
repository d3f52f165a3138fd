import { EntitySchema } from 'typeorm';

export type AccountKind = 'PROVIDER' | 'PARTNER' | 'CLIENT';

export type AccountRow = {
  id: string;
  kind: AccountKind;
  name: string;
  createdAt: Date;
};

export const AccountTable = new EntitySchema<AccountRow>({
  name: 'account',
  columns: {
    id: { type: 'uuid', primary: true },
    kind: { type: 'text' },
    name: { type: 'text' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
  },
});
