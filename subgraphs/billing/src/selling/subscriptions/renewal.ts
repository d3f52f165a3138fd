import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { EntityManager } from 'typeorm';
import { zoneOf } from '../../base/zone.ts';
import { issueInvoice } from '../../collecting/invoices/issue.ts';
import { payFromHold } from '../../collecting/invoices/pay.ts';
import { collectInvoice } from '../../collecting/payments/dunning.ts';
import { availablePrepaid, holdPrepaid } from '../../collecting/prepaid/prepaid.ts';
import { lockProfile } from '../../collecting/profiles/profileStore.ts';
import type { BillingProfile } from '../../collecting/profiles/profileTables.ts';
import type { CardLimits } from '../../collecting/provider/provider.ts';
import { renewalOf } from '../../pricing/prices/change.ts';
import { period, startOf } from '../../pricing/prices/periods.ts';
import { prepaidOfRenewal } from '../quotes/amounts.ts';
import { lockWalletsOfAll, mayPay } from '../quotes/pricing.ts';
import { nextTerms } from './nextTerms.ts';
import { soldOf } from './subscription.ts';
import { addChange, isChangePaying, lockSubscriptionOf, saveSubscription } from './subscriptionStore.ts';
import type { SubscriptionRow } from './subscriptionTables.ts';

/**
 * Does what is due for an account's subscription at the end of its period, in one transaction: another cycle with its
 * invoice, prepaid money first, then the card (`collectInvoice`); or its end. One period only: after an outage it is
 * called again until nothing is due. Returns null when nothing is, and while a change is being paid for. Two at once do
 * it once: the second sees the next period.
 */
export async function renewOne(
  tx: EntityManager,
  accountId: string,
  { now, cards }: { now: Date; cards: CardLimits },
): Promise<'RENEWED' | 'EXPIRED' | null> {
  const held = await lockSubscriptionOf(tx, accountId);
  if (held === null || held.dueAt === null || held.dueAt > now) return null;
  if (await isChangePaying(tx, accountId)) return null;
  if (held.status === 'CANCELLED' || held.terms.kind === 'TRIAL') return await expire(tx, held, now);
  const timeZone = await zoneOf(tx, accountId);
  if (held.terms.kind === 'SANDBOX') {
    const next = period(held.anchor, 'MONTHLY', held.period.index + 1);
    await renewed(tx, { ...held, period: next, timeZone }, null, now);
    return 'RENEWED';
  }
  const profile = held.profileId === null ? null : await lockProfile(tx, held.profileId);
  // No one is charged for a client that took its consent back: without a profile that may pay it ends with what is
  // paid.
  if (profile === null || !(await mayPay(tx, profile.accountId, accountId, now))) return await expire(tx, held, now);
  await bill(tx, held, profile, timeZone, { now, cards });
  return 'RENEWED';
}

async function bill(
  tx: EntityManager,
  held: SubscriptionRow,
  profile: BillingProfile,
  timeZone: string,
  { now, cards }: { now: Date; cards: CardLimits },
): Promise<void> {
  const sold = soldOf(held);
  if (sold === null) throw new Error(`Subscription ${held.id} is paid for and was not sold.`);
  const { resellerBasisPoints } = await nextTerms(tx, held, profile.accountId, now);
  const { terms, amount, lines } = renewalOf({ ...sold, resellerBasisPoints });
  const after: SubscriptionRow = {
    ...held,
    terms: { ...held.terms, resellerBasisPoints, migrationDiscount: 0n, migrationBasisPoints: 0 },
    perCycle: amount,
    period: terms.period,
    timeZone,
    cycleProfileId: profile.id,
  };
  await lockWalletsOfAll(tx, { accountId: held.accountId, ownerId: profile.accountId });
  if (amount === 0n) return await renewed(tx, after, null, now);

  const { accountId, id: subscriptionId } = held;
  const reference = `renewal:${subscriptionId}:${terms.period.from}`;
  const invoice = await issueInvoice(tx, { profile, accountId, lines, reference, subscriptionId, now });
  if (invoice === null) throw new Error(`The cycle ${reference} was billed before.`);
  const prepaid = await availablePrepaid(tx, { profileId: profile.id, accountId, currency: profile.currency, now });
  // As in a quote: what is due without tax is paid from prepaid money, the tax by card.
  const applied = prepaidOfRenewal(invoice, { prepaid, minimum: cards.minimum(profile.currency) });
  if (applied > 0n) {
    const cause = { subscriptionId, invoiceId: invoice.id };
    const hold = await holdPrepaid(tx, { profile, accountId, amount: applied, reference, cause, now });
    if (hold instanceof Refusal) throw new Error(`Prepaid money that was there under a lock is gone: ${hold.message}`);
    await payFromHold(tx, invoice.id, hold.id, now);
  }
  await collectInvoice(tx, { invoice, profile, now, cards });
  await renewed(tx, after, invoice.id, now);
}

async function renewed(tx: EntityManager, row: SubscriptionRow, invoiceId: string | null, now: Date): Promise<void> {
  const after = { ...row, dueAt: startOf(row.period.to, row.timeZone) };
  await saveSubscription(tx, after);
  await addChange(tx, after, { kind: 'RENEWED', now, invoiceId });
}

async function expire(tx: EntityManager, held: SubscriptionRow, now: Date): Promise<'EXPIRED'> {
  // It was over when its period was, however late somebody looks.
  const after: SubscriptionRow = { ...held, status: 'EXPIRED', expiredAt: held.dueAt ?? now, dueAt: null };
  await saveSubscription(tx, after);
  await addChange(tx, after, { kind: 'EXPIRED', now });
  return 'EXPIRED';
}
