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
  /** Said not to have one; false also of a card that says nothing of it, as those from before G05 was kept may. */
  noTitle: boolean;
  noEmail: boolean;
  noPhone: boolean;
  noMobile: boolean;
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
    noTitle: { type: 'boolean', name: 'no_title' },
    noEmail: { type: 'boolean', name: 'no_email' },
    noPhone: { type: 'boolean', name: 'no_phone' },
    noMobile: { type: 'boolean', name: 'no_mobile' },
    language: { type: 'text', nullable: true },
    note: { type: 'text', nullable: true },
    createdBy: { type: 'uuid', name: 'created_by' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    updatedAt: { type: 'timestamptz', name: 'updated_at' },
  },
});
