import { sealEntities } from '@comptoir/shared/audit/sealTables.ts';
import type { TrailDecision } from '@comptoir/shared/audit/trail.ts';
import { addressColumn, bigintColumn, xidColumn } from '@comptoir/shared/database/columns.ts';
import type { Actor } from '@comptoir/shared/viewer/viewer.ts';
import { EntitySchema } from 'typeorm';

/** A row of the trail, as it was written. */
export type TrailRow = {
  id: string;
  at: Date;
  decision: TrailDecision;
  action: string;
  step: string | null;
  code: string | null;
  rule: string | null;
  reason: string | null;
  userId: string | null;
  keyId: string | null;
  byService: string | null;
  /** The account acted for. */
  accountId: string | null;
  actors: Actor[];
  subjects: string[];
  address: string | null;
  requestId: string;
};

/** What is sealed and not shown. */
type TrailSealed = {
  xid?: string;
  seq?: bigint;
  recordedAt?: Date;
  recordedBy?: string;
  sessionId?: string | null;
  accounts?: string[];
};

export const TrailTable = new EntitySchema<TrailRow & TrailSealed>({
  name: 'trail',
  schema: 'access',
  columns: {
    id: { type: 'uuid', primary: true },
    at: { type: 'timestamptz' },
    decision: { type: 'text' },
    action: { type: 'text' },
    step: { type: 'text', nullable: true },
    code: { type: 'text', nullable: true },
    rule: { type: 'text', nullable: true },
    reason: { type: 'text', nullable: true },
    userId: { type: 'uuid', name: 'user_id', nullable: true },
    keyId: { type: 'uuid', name: 'key_id', nullable: true },
    byService: { type: 'text', name: 'by_service', nullable: true },
    accountId: { type: 'uuid', name: 'account_id', nullable: true },
    actors: { type: 'jsonb' },
    subjects: { type: 'text', array: true },
    address: { ...addressColumn, nullable: true },
    requestId: { type: 'text', name: 'request_id' },
    xid: xidColumn,
    seq: { ...bigintColumn, select: false },
    recordedAt: { type: 'timestamptz', name: 'recorded_at', select: false },
    recordedBy: { type: 'text', name: 'recorded_by', select: false },
    sessionId: { type: 'uuid', name: 'session_id', nullable: true, select: false },
    accounts: { type: 'uuid', array: true, select: false },
  },
});

/** In whose trail a row is shown. */
export const TrailAccountTable = new EntitySchema<{ accountId: string; at: Date; trailId: string }>({
  name: 'trail_account',
  schema: 'access',
  columns: {
    accountId: { type: 'uuid', primary: true, name: 'account_id' },
    at: { type: 'timestamptz', primary: true },
    trailId: { type: 'uuid', primary: true, name: 'trail_id' },
  },
});

export const [TrailLinkTable, TrailCheckpointTable] = sealEntities('trail', { schema: 'access' });
