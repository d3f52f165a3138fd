import { bigintColumn, columnsOf } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';
import type { Language } from '../people/userTables.ts';

/** As it is stored. That it expired is nowhere written: the clock says so, see `statusOf`. */
export type StoredStatus = 'PENDING' | 'INVITATION_SENT' | 'ACCEPTED' | 'REJECTED' | 'WITHDRAWN';

export type InvitationRow = {
  id: string;
  accountId: string;
  membershipId: string;
  userId: string;
  email: string;
  language: Language;
  status: StoredStatus;
  invitedBy: string;
  /** Who stands for what it gives, and the account by which; null where that is not known. */
  givenBy: string | null;
  givenVia: string | null;
  mailId: string;
  askedAt: Date;
  sentAt: Date | null;
  expiresAt: Date;
  answeredAt: Date | null;
  createdAt: Date;
};

/** The hash of its secret, over which requests write null and which they cannot read; and its place among all. */
type InvitationSecrets = { secretHash?: string | null; seq?: bigint };

export const InvitationTable = new EntitySchema<InvitationRow & InvitationSecrets>({
  name: 'invitation',
  columns: {
    id: { type: 'uuid', primary: true },
    accountId: { type: 'uuid', name: 'account_id' },
    membershipId: { type: 'uuid', name: 'membership_id' },
    userId: { type: 'uuid', name: 'user_id' },
    email: { type: 'text' },
    language: { type: 'text' },
    status: { type: 'text' },
    invitedBy: { type: 'uuid', name: 'invited_by' },
    givenBy: { type: 'uuid', name: 'given_by', nullable: true },
    givenVia: { type: 'uuid', name: 'given_via', nullable: true },
    mailId: { type: 'uuid', name: 'mail_id' },
    askedAt: { type: 'timestamptz', name: 'asked_at' },
    sentAt: { type: 'timestamptz', name: 'sent_at', nullable: true },
    expiresAt: { type: 'timestamptz', name: 'expires_at' },
    answeredAt: { type: 'timestamptz', name: 'answered_at', nullable: true },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    secretHash: { type: 'text', name: 'secret_hash', nullable: true, select: false },
    seq: { ...bigintColumn, select: false, insert: false },
  },
});

/** The columns of an `InvitationRow` for SQL written by hand; the table goes by `i`. */
export const INVITATION = columnsOf(InvitationTable, 'i');
