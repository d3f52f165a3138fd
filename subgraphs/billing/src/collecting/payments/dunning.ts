import type { Round } from '@comptoir/shared/concurrency/rounds.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { EntityManager } from 'typeorm';
import type { Money } from '../../books/money/money.ts';
import type { BillingConfig } from '../../config.ts';
import type { Invoice } from '../invoices/invoiceTables.ts';
import { outstandingOf, payFromHold } from '../invoices/pay.ts';
import { holdPrepaid } from '../prepaid/prepaid.ts';
import { findProfile, lockProfile } from '../profiles/profileStore.ts';
import type { BillingProfile } from '../profiles/profileTables.ts';
import type { CardLimits } from '../provider/provider.ts';
import { afterFailure, type Dunning } from './dunningRule.ts';
import { addDunning, findDueDunnings, lockDunning, saveDunning } from './dunningStore.ts';
import { type FailureReason, tellFailed } from './paymentNotices.ts';
import { startPayment } from './paymentStore.ts';
import type { Payment } from './paymentTables.ts';

/** Attempts of one round. */
const MAX_PER_ROUND = 50;

/**
 * Starts to collect by card what an issued invoice still owes, in the transaction that issued it: the first attempt is
 * recorded as PENDING and asked for by a round (`reconcile`), or at once by `collect`. Null when nothing is owed, when
 * it is being collected already, and when there is no card: then the payer is told, and it is tried again.
 */
export async function collectInvoice(
  tx: EntityManager,
  { invoice, profile, now, cards }: { invoice: Invoice; profile: BillingProfile; now: Date; cards: CardLimits },
): Promise<Payment | null> {
  const owed = await outstandingOf(tx, invoice.id);
  if (owed <= 0n) return null;
  const dunning: Dunning = {
    invoiceId: invoice.id,
    profileId: profile.id,
    payerId: profile.accountId,
    accountId: invoice.accountId,
    number: invoice.number,
    failures: 0,
    nextAttemptAt: null,
    state: 'OPEN',
  };
  if (!(await addDunning(tx, dunning))) return null;
  return await attempt(tx, dunning, profile, owed, { now, cards });
}

/** Attempts that are due again: 1, 3 and 7 days after the first one failed, by the clock. */
export const dueAttempts = (config: BillingConfig): Round => ({
  title: 'payments of invoices tried again',
  async run({ system, clock, log }, requestId) {
    const due = await system(requestId, (tx) => findDueDunnings(tx, clock.now(), MAX_PER_ROUND));
    let done = 0;
    for (const one of due) {
      try {
        await system(requestId, (tx) => attemptAgain(tx, one, { now: clock.now(), cards: config.payments }));
        done += 1;
      } catch (error) {
        // One that fails does not keep the others from theirs.
        log.warn(
          { err: error, invoiceId: one.invoiceId, requestId },
          'an invoice could not be tried; it will be later',
        );
      }
    }
    return done;
  },
});

async function attemptAgain(
  tx: EntityManager,
  due: Dunning,
  { now, cards }: { now: Date; cards: CardLimits },
): Promise<void> {
  // The profile first, as the one who puts a new card on it: that looks after its unpaid invoices too.
  const profile = await lockProfile(tx, due.profileId);
  const dunning = await lockDunning(tx, due.invoiceId);
  // Somebody else was faster.
  if (dunning?.nextAttemptAt == null || dunning.nextAttemptAt > now) return;
  const owed = await outstandingOf(tx, dunning.invoiceId);
  // A credit note may have paid it since, and its profile be deleted: that must not keep the invoices of everybody else
  // from being tried.
  if (owed <= 0n) {
    await saveDunning(tx, { ...dunning, nextAttemptAt: null, state: 'PAID' });
    return;
  }
  if (profile === null) throw new Error(`The profile of invoice ${due.invoiceId}, which is not paid, is gone.`);
  await attempt(tx, dunning, profile, owed, { now, cards });
}

async function attempt(
  tx: EntityManager,
  dunning: Dunning,
  profile: BillingProfile,
  owed: bigint,
  { now, cards }: { now: Date; cards: CardLimits },
): Promise<Payment | null> {
  const amount = { minor: owed, currency: profile.currency };
  if (owed < cards.minimum(profile.currency)) {
    if (await payFromPrepaid(tx, dunning, profile, owed, now))
      await saveDunning(tx, { ...dunning, nextAttemptAt: null, state: 'PAID' });
    else await attemptFailed(tx, dunning, profile, amount, 'TOO_LITTLE', now);
    return null;
  }
  if (profile.card === null) {
    await attemptFailed(tx, dunning, profile, amount, 'NO_CARD', now);
    return null;
  }
  await saveDunning(tx, { ...dunning, nextAttemptAt: null });
  return await startPayment(tx, {
    profile,
    amount,
    purpose: 'INVOICE',
    purposeId: dunning.invoiceId,
    description: `Invoice ${dunning.number}`,
    now,
  });
}

/** Pays what is too little for a card with prepaid money; false when there is not enough of it. */
async function payFromPrepaid(
  tx: EntityManager,
  { invoiceId, accountId }: Dunning,
  profile: BillingProfile,
  amount: bigint,
  now: Date,
): Promise<boolean> {
  const reference = `rest:${invoiceId}:${amount}`;
  const hold = await holdPrepaid(tx, { profile, accountId, amount, reference, cause: { invoiceId }, now });
  if (hold instanceof Refusal) return false;
  await payFromHold(tx, invoiceId, hold.id, now);
  return true;
}

/** An attempt came to nothing: when the next one is, and who pays is told. */
export async function attemptFailed(
  tx: EntityManager,
  dunning: Dunning,
  profile: BillingProfile | null,
  amount: Money,
  reason: FailureReason,
  now: Date,
): Promise<void> {
  const next = afterFailure(dunning, now);
  await saveDunning(tx, next);
  await tellFailed(tx, next, profile ?? (await findProfile(tx, dunning.profileId)), amount, reason);
}
