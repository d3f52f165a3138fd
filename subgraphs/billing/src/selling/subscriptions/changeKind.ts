import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { zoneOf } from '../../base/zone.ts';
import { leftOfCycle } from '../../collecting/invoices/creditNoteParts.ts';
import { findProfile } from '../../collecting/profiles/profileStore.ts';
import { unusedOf } from '../../pricing/prices/change.ts';
import { dayOf } from '../../pricing/prices/periods.ts';
import { refusesPlanChange } from '../../pricing/prices/planChange.ts';
import type { Selection } from '../../pricing/prices/price.ts';
import { refusesCancelledAccount } from '../quotes/cancelledAccount.ts';
import type { QuoteKind } from '../quotes/kind.ts';
import { ofSubscription } from './applyTerms.ts';
import { offerOf } from './createKind.ts';
import { planFor, priceSelection } from './priceSelection.ts';
import { directionOf, refusesChange, soldOf } from './subscription.ts';
import { creditedByStaff, findSubscriptionOf, lockSubscriptionOf, owesInvoice } from './subscriptionStore.ts';
import type { SubscriptionRow, SubscriptionTerms } from './subscriptionTables.ts';

/** What is left out stays as it is; with another plan, limits that are left out are what that plan includes. */
export type SubscriptionChangeInput = {
  accountId: string;
  /** Only for what nothing is paid for yet: a trial that becomes paid (A52). */
  profileId: string | null;
  selection: Partial<Selection>;
};

/**
 * Changes what an account has: plan, contacts, limits, add-ons, frequency (A58, A62), with what is unused of the
 * running cycle taken off (A26).
 */
export const subscriptionChange: QuoteKind<SubscriptionChangeInput> = {
  ...ofSubscription,
  async offer(tx, input, { now, lock }) {
    const { accountId } = input;
    const held = await (lock ? lockSubscriptionOf : findSubscriptionOf)(tx, accountId);
    if (held === null) {
      return new Refusal(
        'SUBSCRIPTION_NOT_FOUND',
        'The account has no subscription yet: ask what one would cost first.',
        ['input', 'accountId'],
        'A58',
      );
    }
    const refused = refusesChange(held, now);
    if (refused !== null) return refused;
    const selection = selectionOf(held.terms, input.selection);
    const plan = await planFor(tx, selection, now);
    const other = plan === null ? null : refusesPlanChange(held.terms.kind, plan.kind);
    if (other !== null) return other;

    const current = soldOf(held);
    const profileId = current === null ? (input.profileId ?? held.profileId) : held.cycleProfileId;
    if (current !== null && input.profileId !== null && input.profileId !== profileId) {
      return new Refusal(
        'PROFILE_OF_CYCLE',
        'Another profile paid for the running cycle, and pays or gets back what changes in it. Choose a profile for the cycles to come.',
        ['input', 'profileId'],
        'A36',
      );
    }
    const profile = profileId === null ? null : await findProfile(tx, profileId);
    const timeZone = current === null ? await zoneOf(tx, accountId) : held.timeZone;
    const today = dayOf(now, timeZone);
    // A zone that was changed at the last renewal may still have the day before.
    const day = current !== null && today < current.period.from ? current.period.from : today;
    const sale = await priceSelection(tx, { accountId, selection, profile, current, day }, plan, { now, lock });
    if (sale instanceof Refusal) return sale;
    if (isSame(held, sale.terms)) {
      return new Refusal('NOTHING_TO_CHANGE', 'That is what the account has already.', ['input'], 'A58');
    }
    const change = directionOf(held.terms, sale.terms);
    // Less for less is no new sale; whatever else is, also where it costs nothing today.
    if (change !== 'DOWNGRADED' || sale.money.prorated > 0n) {
      const over = await refusesCancelledAccount(tx, { accountId, profileId: profile?.accountId });
      if (over !== null) return over;
    }
    if (sale.money.prorated < 0n && (await owesInvoice(tx, held.id))) {
      return new Refusal(
        'INVOICE_UNPAID',
        'An invoice is not paid yet: nothing is given back before it is.',
        null,
        'A26',
      );
    }
    if (current !== null && sale.money.prorated < 0n) {
      const freed = -sale.money.prorated;
      const credited = await creditedByStaff(tx, held.id);
      // Of a profile that is gone, that is said.
      const there = profile?.deletedAt === null ? profile : null;
      const left = there === null ? freed : await leftOfCycle(tx, { subscriptionId: held.id, profileId: there.id });
      // The rest of the cycle is given back once, by whom ever.
      if (freed > left || (credited > 0n && credited + freed > unusedOf(current, day))) {
        const message = 'What the rest of this cycle is worth was given back by a credit note already.';
        return new Refusal('INVOICE_CREDITED', message, null, 'A26');
      }
    }
    return offerOf(sale, {
      accountId,
      subscriptionId: held.id,
      change,
      // Anyone who is chosen for the cycles to come stays chosen.
      ...(current === null
        ? { profileId: profile?.id ?? null, payerId: profile?.accountId ?? null }
        : { profileId: held.profileId, payerId: held.payerId }),
      timeZone,
    });
  },

  /** Whether an invoice of the running cycle is paid, or was credited, is the business of who paid it. */
  async paidBefore(tx, { accountId }) {
    const held = await findSubscriptionOf(tx, accountId);
    if (held?.cycleProfileId == null || held.terms.kind !== 'PAID' || held.status === 'EXPIRED') return null;
    const paid = await findProfile(tx, held.cycleProfileId);
    return paid?.accountId ?? null;
  },
};

/** What is wanted, in full. */
export function selectionOf(held: SubscriptionTerms, wanted: Partial<Selection>): Selection {
  const plan = {
    priceVersion: wanted.priceVersion ?? held.priceVersion,
    product: wanted.product ?? held.product,
    plan: wanted.plan ?? held.plan,
  };
  const samePlan = plan.priceVersion === held.priceVersion && plan.product === held.product && plan.plan === held.plan;
  const kept = held.limits.filter(({ chosen }) => chosen).map(({ item, value, custom }) => ({ item, value, custom }));
  return {
    ...plan,
    contacts: wanted.contacts ?? held.contacts,
    frequency: wanted.frequency ?? held.frequency,
    limits: wanted.limits ?? (samePlan ? kept : []),
    addOns: wanted.addOns ?? held.addOns,
  };
}

/** True when nothing of what is sold differs; the price may. An expired trial is never the same as what is wanted. */
function isSame(held: SubscriptionRow, wanted: SubscriptionTerms): boolean {
  const core = ({ priceVersion, product, plan, contacts, frequency, limits, addOns }: SubscriptionTerms): string =>
    JSON.stringify({
      priceVersion,
      product,
      plan,
      contacts,
      frequency,
      limits: limits.map(({ item, value }) => [item, value]).sort(),
      addOns,
    });
  return held.status !== 'EXPIRED' && core(held.terms) === core(wanted);
}
