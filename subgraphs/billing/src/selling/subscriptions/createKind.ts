import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { zoneOf } from '../../base/zone.ts';
import { hasWallets } from '../../books/wallets/walletStore.ts';
import { findProfile } from '../../collecting/profiles/profileStore.ts';
import { dayOf } from '../../pricing/prices/periods.ts';
import { refusesPlanChange } from '../../pricing/prices/planChange.ts';
import type { Selection } from '../../pricing/prices/price.ts';
import { refusesCancelledAccount } from '../quotes/cancelledAccount.ts';
import type { Offer, QuoteKind } from '../quotes/kind.ts';
import { ofSubscription, type SubscriptionOffer } from './applyTerms.ts';
import { planFor, priceSelection, type Sale } from './priceSelection.ts';
import { findSubscriptionOf, lockSubscriptionOf } from './subscriptionStore.ts';
import { writeTerms } from './subscriptionTables.ts';

/** `subscriptionId` is what it is called if the account has none yet. */
export type SubscriptionCreateInput = {
  subscriptionId: string;
  accountId: string;
  profileId: string | null;
  selection: Selection;
};

/** Subscribes an account that has nothing, or whose subscription is over (A55): a first cycle from today on. */
export const subscriptionCreate: QuoteKind<SubscriptionCreateInput> = {
  ...ofSubscription,
  async offer(tx, { subscriptionId, accountId, profileId, selection }, { now, lock }) {
    const held = await (lock ? lockSubscriptionOf : findSubscriptionOf)(tx, accountId);
    if (held !== null && held.status !== 'EXPIRED') {
      return new Refusal(
        'SUBSCRIPTION_EXISTS',
        'The account has a subscription: change that one.',
        ['input', 'accountId'],
        'A58',
      );
    }
    // Every account has a TRACKER wallet from its opening on.
    if (held === null && !(await hasWallets(tx, accountId))) {
      return new Refusal('ACCOUNT_NOT_FOUND', 'There is no such account, or it is still being opened.', [
        'input',
        'accountId',
      ]);
    }
    const profile = profileId === null ? null : await findProfile(tx, profileId);
    const over = await refusesCancelledAccount(tx, { accountId, profileId: profile?.accountId });
    if (over !== null) return over;
    const plan = await planFor(tx, selection, now);
    const refused = plan === null ? null : refusesPlanChange(held?.terms.kind ?? null, plan.kind);
    if (refused !== null) return refused;
    const timeZone = await zoneOf(tx, accountId);
    const day = dayOf(now, timeZone);
    const sale = await priceSelection(tx, { accountId, selection, profile, current: null, day }, plan, { now, lock });
    if (sale instanceof Refusal) return sale;
    return offerOf(sale, {
      accountId,
      subscriptionId: held?.id ?? subscriptionId,
      change: 'CREATED',
      profileId: profile?.id ?? null,
      payerId: profile?.accountId ?? null,
      timeZone,
    });
  },
};

/** A sale as an offer. */
export function offerOf(
  { money, terms, anchor, period, migrationId }: Sale,
  {
    accountId,
    ...of
  }: { accountId: string } & Pick<
    SubscriptionOffer,
    'subscriptionId' | 'change' | 'profileId' | 'payerId' | 'timeZone'
  >,
): Offer {
  const after: SubscriptionOffer = {
    ...of,
    sold: writeTerms(terms),
    currency: money.currency,
    perCycle: (money.perCycle ?? 0n).toString(),
    anchor,
    period,
    migrationId,
  };
  return { ...money, accountId, terms: after };
}
