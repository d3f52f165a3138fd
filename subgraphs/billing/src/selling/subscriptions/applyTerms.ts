import type { EntityManager } from 'typeorm';
import { discountsFor, useMigrationDiscount } from '../../pricing/discounts/discountStore.ts';
import { type Period, startOf } from '../../pricing/prices/periods.ts';
import type { QuoteKind } from '../quotes/kind.ts';
import { changePaying } from '../quotes/refusals.ts';
import {
  addChange,
  addSubscription,
  isChangePaying,
  lockSubscriptionOf,
  saveSubscription,
} from './subscriptionStore.ts';
import { type ChangeKind, readTerms, type SubscriptionRow, type WrittenTerms } from './subscriptionTables.ts';

/** What an offer for a subscription says beside its money: how the subscription stands after it. */
export type SubscriptionOffer = {
  subscriptionId: string;
  change: ChangeKind;
  sold: WrittenTerms;
  /** The profile that the subscription has from then on, and its account. */
  profileId: string | null;
  payerId: string | null;
  currency: string | null;
  perCycle: string;
  anchor: string;
  period: Period;
  timeZone: string;
  migrationId: string | null;
};

/** Does what a quote for a subscription said, and writes it into its history. */
const applyTerms: QuoteKind<never>['apply'] = async (tx, { quote, invoice, now }) => {
  const offer = quote.offer.terms as SubscriptionOffer;
  const held = await lockSubscriptionOf(tx, quote.accountId);
  const row = rowAfter(held, quote.accountId, offer, now);
  await (held === null ? addSubscription : saveSubscription)(tx, row);
  await addChange(tx, row, {
    kind: offer.change,
    now,
    changedBy: quote.createdBy,
    quoteId: quote.id,
    invoiceId: invoice?.id ?? null,
  });
  if (offer.migrationId !== null && offer.payerId !== null)
    await useUp(tx, offer.migrationId, offer.payerId, quote, now);
  return { subscriptionId: row.id };
};

/** What all quotes for a subscription have in common: one change of it at a time. */
export const ofSubscription = {
  lock: lockSubscriptionOf,
  refusesCommit: async (tx, accountId) => ((await isChangePaying(tx, accountId)) ? changePaying() : null),
  apply: applyTerms,
} satisfies Partial<QuoteKind<never>>;

function rowAfter(
  held: SubscriptionRow | null,
  accountId: string,
  offer: SubscriptionOffer,
  now: Date,
): SubscriptionRow {
  const { change, anchor, period, timeZone, profileId, payerId, currency } = offer;
  const goesOn = held !== null && held.status !== 'EXPIRED';
  return {
    id: held?.id ?? offer.subscriptionId,
    accountId,
    profileId,
    payerId,
    cycleProfileId: goesOn && held.terms.kind === 'PAID' ? held.cycleProfileId : profileId,
    terms: readTerms(offer.sold),
    currency,
    perCycle: BigInt(offer.perCycle),
    anchor,
    period,
    timeZone,
    dueAt: startOf(period.to, timeZone),
    // Only what is renewed or bought anew takes a cancellation back.
    status: goesOn && held.status === 'CANCELLED' && change !== 'RESUMED' ? 'CANCELLED' : 'ACTIVE',
    purchasedAt: held?.purchasedAt ?? now,
    cancelledAt: goesOn && change !== 'RESUMED' ? held.cancelledAt : null,
    disabledAt: goesOn ? held.disabledAt : null,
    expiredAt: null,
    trialRenewedAt: change === 'TRIAL_EXTENDED' ? now : (held?.trialRenewedAt ?? null),
  };
}

/**
 * The discount was taken off what was charged. If it was used or withdrawn while the card was asked, there is nothing
 * left to use up.
 */
async function useUp(
  tx: EntityManager,
  id: string,
  payerId: string,
  quote: { id: string; accountId: string },
  now: Date,
): Promise<void> {
  const { migration } = await discountsFor(tx, { payerId, accountId: quote.accountId, now, lock: true });
  if (migration?.id === id) await useMigrationDiscount(tx, id, quote.id, now);
}
