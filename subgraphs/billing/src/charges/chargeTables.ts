import { bigintColumn } from '@comptoir/shared/database/columns.ts';
import { EntitySchema } from 'typeorm';

/** A paid event. Its id is the event's: the database takes one charge per event. */
export type ChargeRow = {
  eventId: string;
  transactionId: string;
  lotId: string;
  walletId: string;
  payerId: string;
  ownerId: string;
  trackerId: string;
  credits: bigint;
  /** What `lotId` paid of it; the rest stands in charge_further_lot. */
  lotCredits: bigint;
  occurredAt: Date;
  bookedAt: Date;
};

/** What a lot paid of a charge. */
export type ChargeLotRow = { eventId: string; lotId: string; credits: bigint };

/** `keyId`: the key with a budget whose request recorded the event. */
export const ChargeTable = new EntitySchema<ChargeRow & { keyId: string | null }>({
  name: 'charge',
  columns: {
    eventId: { type: 'uuid', primary: true, name: 'event_id' },
    transactionId: { type: 'uuid', name: 'transaction_id' },
    lotId: { type: 'uuid', name: 'lot_id' },
    walletId: { type: 'uuid', name: 'wallet_id' },
    payerId: { type: 'uuid', name: 'payer_id' },
    ownerId: { type: 'uuid', name: 'owner_id' },
    trackerId: { type: 'uuid', name: 'tracker_id' },
    credits: bigintColumn,
    lotCredits: { ...bigintColumn, name: 'lot_credits' },
    occurredAt: { type: 'timestamptz', name: 'occurred_at' },
    bookedAt: { type: 'timestamptz', name: 'booked_at' },
    keyId: { type: 'uuid', name: 'key_id', nullable: true, select: false },
  },
});

/** What the other lots of a charge paid of it: those beside `ChargeRow.lotId`. */
export const FurtherLotTable = new EntitySchema<ChargeLotRow>({
  name: 'charge_further_lot',
  columns: {
    eventId: { type: 'uuid', primary: true, name: 'event_id' },
    lotId: { type: 'uuid', primary: true, name: 'lot_id' },
    credits: bigintColumn,
  },
});

/** What a key with a budget has consumed. */
export const KeyConsumptionTable = new EntitySchema<{ keyId: string; accountId: string; consumed: bigint }>({
  name: 'key_consumption',
  columns: {
    keyId: { type: 'uuid', primary: true, name: 'key_id' },
    accountId: { type: 'uuid', name: 'account_id' },
    consumed: bigintColumn,
  },
});
