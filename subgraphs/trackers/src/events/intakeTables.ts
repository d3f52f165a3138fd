import { countColumn } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';
import type { EventKind } from './eventTables.ts';

/** An event that waits for its charge: never shown, never counted. */
type WaitingRow = {
  id: string;
  accountId: string;
  senderKey: string;
  trackerId: string;
  kind: EventKind;
  occurredAt: Date;
  /** Whether the sender named the instant. */
  timed: boolean;
  payerId: string;
  credits: number;
  data: unknown;
  receivedAt: Date;
  /** Who asked billing, and who was refused, are counted. */
  attempt: number;
  refused: number;
  /** By real time: it tells the living from the dead. */
  askedAt: Date;
  /** The key with a credit budget that asks for it (N11). */
  keyId: string | null;
  keyAccountId: string | null;
  keyBudget: number | null;
};

export const IntakeTable = new EntitySchema<WaitingRow>({
  name: 'intake',
  columns: {
    id: { type: 'uuid', primary: true },
    accountId: { type: 'uuid', name: 'account_id' },
    senderKey: { type: 'text', name: 'sender_key' },
    trackerId: { type: 'uuid', name: 'tracker_id' },
    kind: { type: 'text' },
    occurredAt: { type: 'timestamptz', name: 'occurred_at' },
    timed: { type: 'boolean' },
    payerId: { type: 'uuid', name: 'payer_id' },
    credits: countColumn,
    data: { type: 'jsonb', nullable: true },
    receivedAt: { type: 'timestamptz', name: 'received_at' },
    attempt: { type: 'integer' },
    refused: { type: 'integer' },
    askedAt: { type: 'timestamptz', name: 'asked_at' },
    keyId: { type: 'uuid', name: 'key_id', nullable: true },
    keyAccountId: { type: 'uuid', name: 'key_account_id', nullable: true },
    keyBudget: { ...countColumn, name: 'key_budget', nullable: true },
  },
});
