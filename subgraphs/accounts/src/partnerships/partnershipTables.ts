import type { AreaText } from '@comptoir/shared/viewer/areas.ts';
import { EntitySchema } from 'typeorm';

export type PartnershipStatus = 'REQUESTED' | 'ACTIVE' | 'REFUSED' | 'WITHDRAWN' | 'ENDED';

export type PartnershipRow = {
  id: string;
  partnerId: string;
  /** Whom the partner asked. Nothing says that such an account exists before it accepts. */
  clientId: string;
  status: PartnershipStatus;
  askedAreas: AreaText[];
  grantedAreas: AreaText[];
  message: string | null;
  /** The client requires a second factor of the partner's people (N25). */
  secondFactorRequired: boolean;
  requestedBy: string;
  requestedAt: Date;
  answeredBy: string | null;
  answeredAt: Date | null;
  endedBy: string | null;
  endedAt: Date | null;
};

export const PartnershipTable = new EntitySchema<PartnershipRow>({
  name: 'partnership',
  columns: {
    id: { type: 'uuid', primary: true },
    partnerId: { type: 'uuid', name: 'partner_id' },
    clientId: { type: 'uuid', name: 'client_id' },
    status: { type: 'text' },
    askedAreas: { type: 'text', array: true, name: 'asked_areas' },
    grantedAreas: { type: 'text', array: true, name: 'granted_areas' },
    secondFactorRequired: { type: 'boolean', name: 'second_factor_required' },
    message: { type: 'text', nullable: true },
    requestedBy: { type: 'uuid', name: 'requested_by' },
    requestedAt: { type: 'timestamptz', name: 'requested_at' },
    answeredBy: { type: 'uuid', name: 'answered_by', nullable: true },
    answeredAt: { type: 'timestamptz', name: 'answered_at', nullable: true },
    endedBy: { type: 'uuid', name: 'ended_by', nullable: true },
    endedAt: { type: 'timestamptz', name: 'ended_at', nullable: true },
  },
});
