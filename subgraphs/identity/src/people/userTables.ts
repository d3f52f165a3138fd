import type { AreaText } from '@comptoir/shared/areas.ts';
import type { Role } from '@comptoir/shared/viewer.ts';
import { EntitySchema } from 'typeorm';

export type Language = 'EN' | 'FR';

/** A person. The password's hash is no column here: requests cannot read it, and few stores of the system role do. */
export type UserRow = {
  id: string;
  email: string;
  displayName: string;
  language: Language;
  verified: boolean;
  status: 'ACTIVE' | 'INACTIVE';
  createdAt: Date;
};

export const UserTable = new EntitySchema<UserRow>({
  name: 'app_user',
  columns: {
    id: { type: 'uuid', primary: true },
    email: { type: 'text' },
    displayName: { type: 'text', name: 'display_name' },
    language: { type: 'text' },
    verified: { type: 'boolean' },
    status: { type: 'text' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
  },
});

export type MembershipStatus = 'PENDING' | 'INVITATION_SENT' | 'REJECTED' | 'ACTIVE' | 'INACTIVE';

export type MembershipRow = {
  id: string;
  userId: string;
  accountId: string;
  type: 'OWNER' | 'CONTACT' | 'GUEST';
  role: Role;
  areas: AreaText[];
  /** From where this member may come (G11); empty is no limit. */
  networks: string[];
  status: MembershipStatus;
  accountReady: boolean;
  createdAt: Date;
};

export const MembershipTable = new EntitySchema<MembershipRow>({
  name: 'membership',
  columns: {
    id: { type: 'uuid', primary: true },
    userId: { type: 'uuid', name: 'user_id' },
    accountId: { type: 'uuid', name: 'account_id' },
    type: { type: 'text' },
    role: { type: 'text' },
    areas: { type: 'text', array: true },
    networks: { type: 'cidr', array: true },
    status: { type: 'text' },
    accountReady: { type: 'boolean', name: 'account_ready' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
  },
});
