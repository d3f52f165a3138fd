import type { TrailDecision } from '@comptoir/shared/audit/trail.ts';
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

/** Its address is read by `host`, without the length of a network. */
export const TrailTable = new EntitySchema<TrailRow>({
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
    address: { type: 'inet', nullable: true, select: false },
    requestId: { type: 'text', name: 'request_id' },
  },
});
