import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { zoneOf } from '../../base/zone.ts';
import { findProfile } from '../../collecting/profiles/profileStore.ts';
import { dayOf } from '../../pricing/prices/periods.ts';
import type { QuoteKind } from '../quotes/kind.ts';
import { ofSubscription } from './applyTerms.ts';
import { offerOf } from './createKind.ts';
import { freeMoney, type Sale } from './priceSelection.ts';
import { refusesRenewal, TRIAL_EXTENSION_DAYS } from './subscription.ts';
import { findSubscriptionOf, lockSubscriptionOf } from './subscriptionStore.ts';
import type { SubscriptionRow } from './subscriptionTables.ts';

export type SubscriptionRenewInput = { accountId: string };

/**
 * Renews what would not renew by itself (A53): what was cancelled and still runs goes on as before, at what was sold;
 * an expired trial gets two weeks more, once. Neither costs anything today: the cycle that runs is paid for.
 */
export const subscriptionRenew: QuoteKind<SubscriptionRenewInput> = {
  ...ofSubscription,
  async offer(tx, { accountId }, { now, lock }) {
    const held = await (lock ? lockSubscriptionOf : findSubscriptionOf)(tx, accountId);
    if (held === null) {
      return new Refusal('SUBSCRIPTION_NOT_FOUND', 'The account has no subscription.', ['input', 'accountId'], 'A53');
    }
    const refused = refusesRenewal(held, now);
    if (refused !== null) return refused;
    const chosen = held.profileId === null ? null : await findProfile(tx, held.profileId);
    // The profile of what has expired may be deleted by now; a trial goes on without.
    const profile = chosen?.deletedAt === null ? chosen : null;
    const resumed = held.status === 'CANCELLED';
    const timeZone = resumed ? held.timeZone : await zoneOf(tx, accountId);
    const sale: Sale = {
      money: { ...freeMoney(profile), listValue: held.terms.list, perCycle: held.perCycle },
      terms: held.terms,
      migrationId: null,
      ...(resumed ? { anchor: held.anchor, period: held.period } : twoWeeks(dayOf(now, timeZone))),
    };
    return offerOf(sale, {
      accountId,
      subscriptionId: held.id,
      change: resumed ? 'RESUMED' : 'TRIAL_EXTENDED',
      profileId: profile?.id ?? null,
      payerId: profile?.accountId ?? null,
      timeZone,
    });
  },
};

function twoWeeks(day: string): Pick<SubscriptionRow, 'anchor' | 'period'> {
  const to = Temporal.PlainDate.from(day).add({ days: TRIAL_EXTENSION_DAYS }).toString();
  return { anchor: day, period: { index: 0, from: day, to } };
}
