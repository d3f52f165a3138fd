import { remember } from '@comptoir/shared/operations/idempotency.ts';
import type { EntityManager } from 'typeorm';
import type { Payment } from '../../collecting/payments/paymentTables.ts';
import type { PaymentPurpose } from '../../collecting/payments/purpose.ts';
import { releaseHold } from '../../collecting/prepaid/prepaid.ts';
import { findProfile } from '../../collecting/profiles/profileStore.ts';
import { finishQuote } from './finishQuote.ts';
import { releaseBudget } from './keyBudget.ts';
import type { QuoteKinds } from './kind.ts';
import { lockWalletsOfAll } from './pricing.ts';
import { lockQuote, markOpen } from './quoteStore.ts';

/** Payments of quotes. */
export const quotePurpose = (kinds: QuoteKinds): PaymentPurpose => ({
  lock: lockQuote,
  settled: (tx, payment, now) => quoteSettled(tx, kinds, payment, now),
});

/**
 * What a payment that came to its end does to the quote that it is for, in the transaction that settles it: approved,
 * the quote is done, and its idempotency key remembers the answer; otherwise what was set aside of prepaid money goes
 * back and the quote is open again.
 */
async function quoteSettled(tx: EntityManager, kinds: QuoteKinds, payment: Payment, now: Date): Promise<void> {
  const quote = await lockQuote(tx, payment.purposeId);
  if (quote === null || quote.state !== 'PAYING' || quote.paymentId !== payment.id) {
    throw new Error(`Payment ${payment.id} is not what quote ${payment.purposeId} waits for.`);
  }
  const kind = kinds[quote.kind];
  await kind.lock?.(tx, quote.accountId);
  await lockWalletsOfAll(tx, quote);
  const { holdId, apiKeyId } = quote;
  if (payment.state !== 'APPROVED') {
    if (holdId !== null) await releaseHold(tx, holdId, now);
    if (apiKeyId !== null) await releaseBudget(tx, apiKeyId, kind.credits?.(quote.offer) ?? 0n);
    await markOpen(tx, quote.id);
    return;
  }
  // The money is there: what was said is done, whatever became of the profile since.
  const profile = quote.profileId === null ? null : await findProfile(tx, quote.profileId);
  await finishQuote(tx, kind, quote, { profile, payment, holdId, apiKeyId, now });
  const { commitAccount: accountId, commitKey: key, commitHash: hash } = quote;
  if (accountId !== null && key !== null && hash !== null) {
    await remember(tx, { accountId, key, hash, now }, { quoteId: quote.id, paymentId: payment.id });
  }
}
