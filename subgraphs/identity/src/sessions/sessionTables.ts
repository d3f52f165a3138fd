import { addressColumn } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';

export type SessionRow = {
  id: string;
  userId: string;
  accountId: string | null;
  createdAt: Date;
  /** When it last took new tokens. */
  lastSeenAt: Date;
  expiresAt: Date;
  address: string | null;
  loginAsId: string | null;
};

/** What only the stores of sessions name: the refresh token in force, what kind it is, and how it ended. */
type SessionSecrets = {
  kind?: 'LOG_IN' | 'LOGIN_AS';
  parentId?: string | null;
  generation?: number;
  hash?: string | null;
  revokedAt?: Date | null;
  revokedReason?: SessionEnd | null;
};

export type SessionEnd =
  | 'LOG_OUT'
  | 'REFRESH_REUSED'
  | 'PASSWORD_RESET'
  | 'PASSWORD_CHANGE'
  | 'SECOND_FACTOR'
  | 'REVOKED'
  | 'DEACTIVATED';

export const SessionTable = new EntitySchema<SessionRow & SessionSecrets>({
  name: 'session',
  columns: {
    id: { type: 'uuid', primary: true },
    userId: { type: 'uuid', name: 'user_id' },
    accountId: { type: 'uuid', name: 'account_id', nullable: true },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    lastSeenAt: { type: 'timestamptz', name: 'rotated_at' },
    expiresAt: { type: 'timestamptz', name: 'expires_at' },
    address: { ...addressColumn, nullable: true },
    loginAsId: { type: 'uuid', name: 'login_as_id', nullable: true },
    kind: { type: 'text', select: false },
    parentId: { type: 'uuid', name: 'parent_id', nullable: true, select: false },
    generation: { type: 'integer', name: 'refresh_generation', select: false },
    hash: { type: 'text', name: 'refresh_hash', nullable: true, select: false },
    revokedAt: { type: 'timestamptz', name: 'revoked_at', nullable: true, select: false },
    revokedReason: { type: 'text', name: 'revoked_reason', nullable: true, select: false },
  },
});
