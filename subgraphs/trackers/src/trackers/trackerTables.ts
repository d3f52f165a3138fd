import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';

export type TrackerKind = 'QR_CODE' | 'SECURE_KEY' | 'BUTTON';
export type TrackerStatus = 'ACTIVE' | 'INACTIVE';

export type TrackerRow = {
  id: string;
  accountId: string;
  kind: TrackerKind;
  name: string;
  /** The branch that it belongs to (G12). */
  branchId: string | null;
  status: TrackerStatus;
  createdBy: string;
  createdAt: Date;
  activatedAt: Date | null;
};

export const TrackerTable = new EntitySchema<TrackerRow>({
  name: 'tracker',
  columns: {
    id: { type: 'uuid', primary: true },
    accountId: { type: 'uuid', name: 'account_id' },
    kind: { type: 'text' },
    name: { type: 'text' },
    branchId: { type: 'uuid', name: 'branch_id', nullable: true },
    status: { type: 'text' },
    createdBy: { type: 'uuid', name: 'created_by' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    activatedAt: { type: 'timestamptz', name: 'activated_at', nullable: true },
  },
});

/** Where a tracker belonged at any instant (N08), kept by triggers. */
export const TrackerPlaceTable = new EntitySchema<{ trackerId: string; valid: string; branchId: string }>({
  name: 'tracker_place',
  columns: {
    trackerId: { type: 'uuid', primary: true, name: 'tracker_id' },
    valid: { type: 'tstzrange', primary: true },
    branchId: { type: 'uuid', name: 'branch_id' },
  },
});

/** The columns of a `TrackerRow` for SQL written by hand; the table goes by `t`. */
export const TRACKER_COLUMNS = columnsOf(TrackerTable, 't');
