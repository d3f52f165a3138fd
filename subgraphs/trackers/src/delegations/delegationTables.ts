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
export const DELEGATION_COLUMNS = `d.id, d.client_id as "clientId", d.partner_id as "partnerId", d.status,
  d.offered_by as "offeredBy", d.offered_at as "offeredAt", d.answered_by as "answeredBy", d.answered_at as "answeredAt",
  d.ended_by as "endedBy", d.ended_by_account as "endedByAccount", d.ended_at as "endedAt"`;
