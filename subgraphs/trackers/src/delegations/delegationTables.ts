import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';

export type DelegationStatus = 'OFFERED' | 'ACTIVE' | 'REFUSED' | 'WITHDRAWN' | 'ENDED';

export type DelegationRow = {
  id: string;
  clientId: string;
  partnerId: string;
  status: DelegationStatus;
  offeredBy: string;
  offeredAt: Date;
  answeredBy: string | null;
  answeredAt: Date | null;
  endedBy: string | null;
  /** The side that ended it; null when the end of the partnership did. */
  endedByAccount: string | null;
  endedAt: Date | null;
};

export const DelegationTable = new EntitySchema<DelegationRow>({
  name: 'delegation',
  columns: {
    id: { type: 'uuid', primary: true },
    clientId: { type: 'uuid', name: 'client_id' },
    partnerId: { type: 'uuid', name: 'partner_id' },
    status: { type: 'text' },
    offeredBy: { type: 'uuid', name: 'offered_by' },
    offeredAt: { type: 'timestamptz', name: 'offered_at' },
    answeredBy: { type: 'uuid', name: 'answered_by', nullable: true },
    answeredAt: { type: 'timestamptz', name: 'answered_at', nullable: true },
    endedBy: { type: 'uuid', name: 'ended_by', nullable: true },
    endedByAccount: { type: 'uuid', name: 'ended_by_account', nullable: true },
    endedAt: { type: 'timestamptz', name: 'ended_at', nullable: true },
  },
});

/** The columns of a `DelegationRow` for SQL written by hand; the table goes by `d`. */
export const DELEGATION_COLUMNS = columnsOf(DelegationTable, 'd');

/** A tracker that is listed in a delegation; `open` says that the delegation is OFFERED or ACTIVE. */
export type DelegationTrackerRow = {
  delegationId: string;
  trackerId: string;
  clientId: string;
  partnerId: string;
  open: boolean;
};

export const DelegationTrackerTable = new EntitySchema<DelegationTrackerRow>({
  name: 'delegation_tracker',
  columns: {
    delegationId: { type: 'uuid', primary: true, name: 'delegation_id' },
    trackerId: { type: 'uuid', primary: true, name: 'tracker_id' },
    clientId: { type: 'uuid', name: 'client_id' },
    partnerId: { type: 'uuid', name: 'partner_id' },
    open: { type: 'boolean' },
  },
});

/** Who pays for a tracker when it is not its owner; an event that comes late finds who paid at its instant. */
type PayerSpanRow = { trackerId: string; valid: string; payerId: string; ownerId: string; delegationId: string };

export const PayerSpanTable = new EntitySchema<PayerSpanRow>({
  name: 'payer_span',
  columns: {
    trackerId: { type: 'uuid', primary: true, name: 'tracker_id' },
    valid: { type: 'tstzrange', primary: true },
    payerId: { type: 'uuid', name: 'payer_id' },
    ownerId: { type: 'uuid', name: 'owner_id' },
    delegationId: { type: 'uuid', name: 'delegation_id' },
  },
});
