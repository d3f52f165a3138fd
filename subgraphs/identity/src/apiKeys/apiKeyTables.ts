import { countColumn } from '@comptoir/shared/database/columns.ts';
import type { AreaText } from '@comptoir/shared/viewer/areas.ts';
import { EntitySchema } from 'typeorm';

/** An API key as it may be seen. */
export type ApiKeyRow = {
  id: string;
  accountId: string;
  /** The member whose rights cap it, and with whom it ends; null: it is the account's own. */
  userId: string | null;
  /** Who made it. */
  createdBy: string;
  name: string;
  lastFour: string;
  areas: AreaText[];
  networks: string[];
  /** Other accounts whose rows it may reach, besides its own; null is no limit. */
  accounts: string[] | null;
  preview: boolean;
  /** Credits that events recorded by it may consume in all; null is no limit. */
  creditBudget: number | null;
  notBefore: Date | null;
  expiresAt: Date | null;
  revokedAt: Date | null;
  createdAt: Date;
  lastUsedAt: Date | null;
  /** Until when the secret before the last rotation is good. */
  previousUntil: Date | null;
  rotatedAt: Date | null;
};

/** Its secrets, by hash, which requests write once and cannot read; and to whom they were shown. */
type ApiKeySecrets = {
  hash?: string;
  previousHash?: string | null;
  secretBy?: string | null;
  previousBy?: string | null;
};

export const ApiKeyTable = new EntitySchema<ApiKeyRow & ApiKeySecrets>({
  name: 'api_key',
  columns: {
    id: { type: 'uuid', primary: true },
    accountId: { type: 'uuid', name: 'account_id' },
    userId: { type: 'uuid', name: 'user_id', nullable: true },
    createdBy: { type: 'uuid', name: 'created_by' },
    name: { type: 'text' },
    lastFour: { type: 'text', name: 'last_four' },
    areas: { type: 'text', array: true },
    networks: { type: 'cidr', array: true },
    accounts: { type: 'uuid', array: true, nullable: true },
    preview: { type: 'boolean' },
    creditBudget: { ...countColumn, name: 'credit_budget', nullable: true },
    notBefore: { type: 'timestamptz', name: 'not_before', nullable: true },
    expiresAt: { type: 'timestamptz', name: 'expires_at', nullable: true },
    revokedAt: { type: 'timestamptz', name: 'revoked_at', nullable: true },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    lastUsedAt: { type: 'timestamptz', name: 'last_used_at', nullable: true },
    previousUntil: { type: 'timestamptz', name: 'previous_until', nullable: true },
    rotatedAt: { type: 'timestamptz', name: 'rotated_at', nullable: true },
    hash: { type: 'text', select: false },
    previousHash: { type: 'text', name: 'previous_hash', nullable: true, select: false },
    secretBy: { type: 'uuid', name: 'secret_by', nullable: true, select: false },
    previousBy: { type: 'uuid', name: 'previous_by', nullable: true, select: false },
  },
});
