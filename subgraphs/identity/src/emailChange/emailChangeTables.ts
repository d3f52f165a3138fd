import { EntitySchema } from 'typeorm';

/** A new e-mail address, once both the old and the new one have said yes. */
export type EmailChangeRow = {
  id: string;
  userId: string;
  oldEmail: string;
  newEmail: string;
  oldConfirmedAt: Date | null;
  newConfirmedAt: Date | null;
  expiresAt: Date;
  doneAt: Date | null;
  createdAt: Date;
};

/** The hashes of the secrets that the two mails carry. */
type EmailChangeSecrets = { oldHash?: string | null; newHash?: string | null };

export const EmailChangeTable = new EntitySchema<EmailChangeRow & EmailChangeSecrets>({
  name: 'email_change',
  columns: {
    id: { type: 'uuid', primary: true },
    userId: { type: 'uuid', name: 'user_id' },
    oldEmail: { type: 'text', name: 'old_email' },
    newEmail: { type: 'text', name: 'new_email' },
    oldConfirmedAt: { type: 'timestamptz', name: 'old_confirmed_at', nullable: true },
    newConfirmedAt: { type: 'timestamptz', name: 'new_confirmed_at', nullable: true },
    expiresAt: { type: 'timestamptz', name: 'expires_at' },
    doneAt: { type: 'timestamptz', name: 'done_at', nullable: true },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    oldHash: { type: 'text', name: 'old_hash', nullable: true, select: false },
    newHash: { type: 'text', name: 'new_hash', nullable: true, select: false },
  },
});
