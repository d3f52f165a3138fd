import type { AreaText } from '@comptoir/shared/viewer/areas.ts';
import type { Role } from '@comptoir/shared/viewer/roles.ts';
import { EntitySchema } from 'typeorm';

export type Language = 'EN' | 'FR';

/** A person, without the hash of the password. */
export type UserRow = {
  id: string;
  /** Null where the viewer's account never knew it: of somebody who left (G14). */
  email: string | null;
  displayName: string;
  language: Language;
  verified: boolean;
  status: 'ACTIVE' | 'INACTIVE';
  createdAt: Date;
};

/** Requests cannot read it, and few stores of the system role do: they name it. */
type UserSecrets = { passwordHash?: string | null };

export const UserTable = new EntitySchema<UserRow & UserSecrets>({
  name: 'app_user',
  columns: {
    id: { type: 'uuid', primary: true },
    email: { type: 'text' },
    displayName: { type: 'text', name: 'display_name' },
    language: { type: 'text' },
    passwordHash: { type: 'text', name: 'password_hash', nullable: true, select: false },
    verified: { type: 'boolean' },
    status: { type: 'text' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
  },
});

export type MembershipStatus =
  | 'PENDING'
  | 'INVITATION_SENT'
  | 'REJECTED'
  | 'WITHDRAWN'
  | 'ACTIVE'
  | 'INACTIVE'
  | 'REMOVED';

export type MembershipRow = {
  id: string;
  userId: string;
  accountId: string;
  type: 'OWNER' | 'CONTACT' | 'GUEST';
  role: Role;
  areas: AreaText[];
  /** From where this member may come (G11); empty is no limit. */
  networks: string[];
  /** Branches of the account that this member is limited to (G12); null is no limit. */
  branches: string[] | null;
  /** The card that access was given to. */
  contactId: string | null;
  status: MembershipStatus;
  accountReady: boolean;
  /** When this person first accepted; until then the account learns nothing of them. */
  acceptedAt: Date | null;
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
    branches: { type: 'uuid', array: true, nullable: true },
    contactId: { type: 'uuid', name: 'contact_id', nullable: true },
    status: { type: 'text' },
    accountReady: { type: 'boolean', name: 'account_ready' },
    acceptedAt: { type: 'timestamptz', name: 'accepted_at', nullable: true },
    createdAt: { type: 'timestamptz', name: 'created_at' },
  },
});
