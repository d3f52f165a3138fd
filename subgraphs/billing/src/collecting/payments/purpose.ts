import type { EntityManager } from 'typeorm';
import type { Payment, Purpose } from './paymentTables.ts';

/** What payments are made for, and what their end does to it. */
export type PaymentPurpose = {
  /** Locks what a payment is for, which precedes the lock of the payment. */
  lock(tx: EntityManager, purposeId: string): Promise<unknown>;
  /**
   * Does what follows when a payment has become APPROVED, DECLINED or CANCELLED, in the transaction that says so.
   * Called once per payment, which is locked.
   */
  settled(tx: EntityManager, payment: Payment, now: Date): Promise<void>;
};

export type PaymentPurposes = Record<Purpose, PaymentPurpose>;
