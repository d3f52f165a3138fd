import { EntitySchema } from 'typeorm';
import type { Language } from '../people/userTables.ts';

export type ContactType = 'MAIN' | 'BILLING' | 'TECHNICAL' | 'SALES' | 'OTHER';

export type ContactRow = {
  id: string;
  accountId: string;
  branchId: string | null;
  name: string;
  type: ContactType;
  newsletter: boolean;
  title: string | null;
  email: string | null;
  phone: string | null;
  mobile: string | null;
  language: Language | null;
  note: string | null;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
};

export const ContactTable = new EntitySchema<ContactRow>({
  name: 'contact',
  columns: {
    id: { type: 'uuid', primary: true },
    accountId: { type: 'uuid', name: 'account_id' },
    branchId: { type: 'uuid', name: 'branch_id', nullable: true },
    name: { type: 'text' },
    type: { type: 'text' },
    newsletter: { type: 'boolean' },
    title: { type: 'text', nullable: true },
    email: { type: 'text', nullable: true },
    phone: { type: 'text', nullable: true },
    mobile: { type: 'text', nullable: true },
    language: { type: 'text', nullable: true },
    note: { type: 'text', nullable: true },
    createdBy: { type: 'uuid', name: 'created_by' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    updatedAt: { type: 'timestamptz', name: 'updated_at' },
  },
});
