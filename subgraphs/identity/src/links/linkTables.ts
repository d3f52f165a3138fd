import { EntitySchema } from 'typeorm';
import type { Language } from '../people/userTables.ts';
import type { LinkKind } from './link.ts';

/** A link that was asked for by mail. For the system role, as all tables of this folder. */
export type LinkRow = {
  id: string;
  kind: LinkKind;
  email: string;
  language: Language;
  accountName: string | null;
  referralCode: string | null;
  expiresAt: Date;
  usedAt: Date | null;
  createdAt: Date;
};

/** The hash of its secret; null until the worker mints it for the mail. */
type LinkSecrets = { secretHash?: string | null };

export const LinkTable = new EntitySchema<LinkRow & LinkSecrets>({
  name: 'link',
  columns: {
    id: { type: 'uuid', primary: true },
    kind: { type: 'text' },
    email: { type: 'text' },
    language: { type: 'text' },
    accountName: { type: 'text', name: 'account_name', nullable: true },
    referralCode: { type: 'text', name: 'referral_code', nullable: true },
    expiresAt: { type: 'timestamptz', name: 'expires_at' },
    usedAt: { type: 'timestamptz', name: 'used_at', nullable: true },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    secretHash: { type: 'text', name: 'secret_hash', nullable: true, select: false },
  },
});

/** When somebody else last had a reset mail sent to a person (A46). */
export const ResetSendTable = new EntitySchema<{ userId: string; sentAt: Date }>({
  name: 'reset_send',
  columns: {
    userId: { type: 'uuid', primary: true, name: 'user_id' },
    sentAt: { type: 'timestamptz', name: 'sent_at' },
  },
});
