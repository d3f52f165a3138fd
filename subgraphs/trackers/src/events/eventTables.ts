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

/** What one payer paid for, of one account or tracker (`key`), in a period. */
export type ConsumptionRow = { key: string; payerId: string; events: number; credits: number };

/** The columns of an `EventRow` for SQL written by hand; the table goes by `e`. Credits of one event are far below 2^53. */
export const EVENT_COLUMNS = `e.id, e.account_id as "accountId", e.sender_key as "senderKey", e.tracker_id as "trackerId", e.kind,
  e.occurred_at as "occurredAt", e.received_at as "receivedAt", e.payer_id as "payerId", e.credits::float8 as credits, e.data`;

export const eventKeys = (event: EventRow): string[] => [event.occurredAt.toISOString(), event.id];
