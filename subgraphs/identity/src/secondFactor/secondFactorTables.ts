import { countColumn } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';

/** The second factor of a person: on once it is confirmed. */
type TotpRow = { userId: string; confirmedAt: Date | null };
/** What requests cannot read. */
type TotpSecrets = { secret?: string; lastStep?: number | null; createdAt?: Date };

export const TotpTable = new EntitySchema<TotpRow & TotpSecrets>({
  name: 'totp',
  columns: {
    userId: { type: 'uuid', primary: true, name: 'user_id' },
    confirmedAt: { type: 'timestamptz', name: 'confirmed_at', nullable: true },
    secret: { type: 'text', select: false },
    lastStep: { ...countColumn, name: 'last_step', nullable: true, select: false },
    createdAt: { type: 'timestamptz', name: 'created_at', select: false },
  },
});

/** Codes in the place of the app's, each for once. */
export const RecoveryCodeTable = new EntitySchema<{
  id: string;
  userId: string;
  hash: string;
  usedAt: Date | null;
}>({
  name: 'recovery_code',
  columns: {
    id: { type: 'uuid', primary: true },
    userId: { type: 'uuid', name: 'user_id' },
    hash: { type: 'text', select: false },
    usedAt: { type: 'timestamptz', name: 'used_at', nullable: true },
  },
});

/** The password was right; the second factor is still to come. */
type ChallengeRow = {
  id: string;
  hash: string;
  userId: string;
  accountId: string | null;
  byLink: boolean;
  failures: number;
  expiresAt: Date;
  usedAt: Date | null;
};

export const ChallengeTable = new EntitySchema<ChallengeRow>({
  name: 'login_challenge',
  columns: {
    id: { type: 'uuid', primary: true },
    hash: { type: 'text' },
    userId: { type: 'uuid', name: 'user_id' },
    accountId: { type: 'uuid', name: 'account_id', nullable: true },
    byLink: { type: 'boolean', name: 'by_link' },
    failures: { type: 'integer' },
    expiresAt: { type: 'timestamptz', name: 'expires_at' },
    usedAt: { type: 'timestamptz', name: 'used_at', nullable: true },
  },
});
