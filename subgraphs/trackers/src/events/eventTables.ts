import { columnsOf, countColumn } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';

export type EventKind = 'SCAN' | 'PRESS' | 'FORM';

export type EventRow = {
  id: string;
  accountId: string;
  /** The sender's own id of it. */
  senderKey: string;
  trackerId: string;
  kind: EventKind;
  occurredAt: Date;
  receivedAt: Date;
  payerId: string;
  credits: number;
  data: unknown;
};

export const EventTable = new EntitySchema<EventRow & { chargeId?: string }>({
  name: 'event',
  columns: {
    id: { type: 'uuid', primary: true },
    accountId: { type: 'uuid', name: 'account_id' },
    senderKey: { type: 'text', name: 'sender_key' },
    trackerId: { type: 'uuid', name: 'tracker_id' },
    kind: { type: 'text' },
    occurredAt: { type: 'timestamptz', name: 'occurred_at' },
    receivedAt: { type: 'timestamptz', name: 'received_at' },
    payerId: { type: 'uuid', name: 'payer_id' },
    credits: countColumn,
    chargeId: { type: 'uuid', name: 'charge_id', select: false },
    data: { type: 'jsonb', nullable: true },
  },
});

/** The columns of an `EventRow` for SQL written by hand; the table goes by `e`. */
export const EVENT_COLUMNS = columnsOf(EventTable, 'e');

/** What one payer paid for, of one account or tracker (`key`), in a period. */
export type ConsumptionRow = { key: string; payerId: string; events: number; credits: number };

export const eventKeys = (event: EventRow): string[] => [event.occurredAt.toISOString(), event.id];
