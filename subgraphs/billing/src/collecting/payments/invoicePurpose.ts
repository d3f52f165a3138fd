import type { EntityManager } from 'typeorm';
import { payByCard } from '../invoices/pay.ts';
import { attemptFailed } from './dunning.ts';
import { lockDunning, saveDunning } from './dunningStore.ts';
import type { Payment } from './paymentTables.ts';
import type { PaymentPurpose } from './purpose.ts';

/** Payments of invoices that are collected. */
export const invoicePurpose: PaymentPurpose = { lock: lockDunning, settled: invoiceSettled };

/** An attempt to collect an invoice has ended: it is paid, or there is a next attempt and who pays is told. */
async function invoiceSettled(tx: EntityManager, payment: Payment, now: Date): Promise<void> {
  const dunning = await lockDunning(tx, payment.purposeId);
  if (dunning === null) throw new Error(`Invoice ${payment.purposeId} was never collected.`);
  if (payment.state === 'APPROVED') {
    await payByCard(tx, payment.purposeId, payment, now);
    await saveDunning(tx, { ...dunning, nextAttemptAt: null, state: 'PAID' });
    return;
  }
  await attemptFailed(tx, dunning, null, payment.amount, payment.decline ?? 'NOT_CONFIRMED', now);
}
