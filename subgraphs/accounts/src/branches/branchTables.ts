import { EntitySchema } from 'typeorm';

export type BranchRow = {
  id: string;
  accountId: string;
  name: string;
  createdAt: Date;
  archivedAt: Date | null;
};

export const BranchTable = new EntitySchema<BranchRow>({
  name: 'branch',
  columns: {
    id: { type: 'uuid', primary: true },
    accountId: { type: 'uuid', name: 'account_id' },
    name: { type: 'text' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    archivedAt: { type: 'timestamptz', name: 'archived_at', nullable: true },
  },
});
