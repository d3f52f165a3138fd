import type { EntityManager } from 'typeorm';
import type { ChargeOutcome } from '../provider/provider.ts';
import { tellNeedsAction } from './paymentNotices.ts';
import { lockPayment, type PaymentStep, savePayment } from './paymentStore.ts';
import type { Payment } from './paymentTables.ts';
import type { PaymentPurposes } from './purpose.ts';

/**
 * Writes down what the provider said of a payment, and what follows from it, in the running transaction. A payment is
 * settled once: said again, nothing happens. Returns the payment as it stands. Throws when the provider charged what
 * had ended otherwise here, which its promise excludes.
 */
export async function settle(
  tx: EntityManager,
  purposes: PaymentPurposes,
  payment: Pick<Payment, 'id' | 'purpose' | 'purposeId'>,
  outcome: ChargeOutcome,
  now: Date,
): Promise<Payment> {
  // What the payment is for comes before the payment, as everywhere: two that lock the same rows lock them in the same
  // order.
  await purposes[payment.purpose].lock(tx, payment.purposeId);
  const locked = await lockPayment(tx, payment.id);
  if (locked === null) throw new Error(`Payment ${payment.id} is not there.`);
  if (locked.settledAt !== null) {
    if (outcome.outcome === 'APPROVED' && locked.state !== 'APPROVED')
      throw new Error(`Payment ${payment.id} is ${locked.state} here, and the provider says that it was charged.`);
    return locked;
  }
  const settled: Payment = { ...locked, ...stepOf(locked, outcome, now) };
  await savePayment(tx, payment.id, settled);
  if (settled.settledAt !== null) await purposes[settled.purpose].settled(tx, settled, now);
  else if (locked.state === 'PENDING' && !settled.present) await tellNeedsAction(tx, settled);
  return settled;
}

function stepOf(before: Payment, outcome: ChargeOutcome, now: Date): PaymentStep {
  const { reference, actionSince } = before;
  const open = { decline: null, actionUrl: null, reference, actionSince, settledAt: null };
  switch (outcome.outcome) {
    case 'APPROVED':
      return { ...open, state: 'APPROVED', reference: outcome.reference, settledAt: now };
    case 'DECLINED':
      return {
        ...open,
        state: 'DECLINED',
        decline: outcome.decline,
        reference: outcome.reference ?? reference,
        settledAt: now,
      };
    case 'CANCELLED':
      return { ...open, state: 'CANCELLED', settledAt: now };
    case 'NEEDS_ACTION':
      return {
        ...open,
        state: 'NEEDS_ACTION',
        reference: outcome.reference,
        actionUrl: outcome.actionUrl,
        actionSince: actionSince ?? now,
      };
  }
}
