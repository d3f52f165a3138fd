import { EntitySchema } from 'typeorm';

export type ConversionStatus = 'REQUESTED' | 'CONVERTED' | 'REFUSED';

export type ConversionRow = {
  id: string;
  accountId: string;
  status: ConversionStatus;
  message: string | null;
  reason: string | null;
  requestedBy: string;
  requestedAt: Date;
  answeredBy: string | null;
  answeredAt: Date | null;
};

export const ConversionTable = new EntitySchema<ConversionRow>({
  name: 'partner_conversion',
  columns: {
    id: { type: 'uuid', primary: true },
    accountId: { type: 'uuid', name: 'account_id' },
    status: { type: 'text' },
    message: { type: 'text', nullable: true },
    reason: { type: 'text', nullable: true },
    requestedBy: { type: 'uuid', name: 'requested_by' },
    requestedAt: { type: 'timestamptz', name: 'requested_at' },
    answeredBy: { type: 'uuid', name: 'answered_by', nullable: true },
    answeredAt: { type: 'timestamptz', name: 'answered_at', nullable: true },
  },
});
