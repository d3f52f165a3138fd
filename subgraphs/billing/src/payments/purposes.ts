import type { EntityManager } from 'typeorm';
import { quoteSettled } from '../quotes/quoteSettled.ts';
import { lockDunning } from './dunningStore.ts';
import { invoiceSettled } from './invoiceSettled.ts';
import type { Payment, Purpose } from './paymentTables.ts';

/** What follows when a payment has become APPROVED, DECLINED or CANCELLED, in the transaction that says so. Called once per payment, which is locked. */
export type SettledHandler = (tx: EntityManager, payment: Payment, now: Date) => Promise<void>;

export const HANDLERS: Record<Purpose, SettledHandler> = { QUOTE: quoteSettled, INVOICE: invoiceSettled };

/** Locks what a payment is for, which precedes the lock of the payment. */
export const LOCKS: Record<Purpose, (tx: EntityManager, purposeId: string) => Promise<unknown>> = {
  QUOTE: (tx, quoteId) => tx.query('select from quote where id = $1 for no key update', [quoteId]),
  INVOICE: lockDunning,
};
