import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { SoldTerms } from '../../pricing/prices/change.ts';
import { dayOf, startOf } from '../../pricing/prices/periods.ts';
import type { SubscriptionRow, SubscriptionTerms } from './subscriptionTables.ts';

/** How long the one free renewal of an expired trial lasts. */
export const TRIAL_EXTENSION_DAYS = 14;

/** What of a subscription decides what can be done with it. */
export type State = Pick<
  SubscriptionRow,
  'status' | 'terms' | 'dueAt' | 'disabledAt' | 'expiredAt' | 'cancelledAt' | 'trialRenewedAt' | 'timeZone'
>;

const no = <Code extends string>(code: Code, message: string, rule: string): Refusal<Code> =>
  new Refusal(code, message, null, rule);

/** The period is over and the round that renews has not come by yet: for seconds, or after an outage. */
const isDue = ({ dueAt }: Pick<State, 'dueAt'>, now: Date): boolean => dueAt !== null && dueAt <= now;

const renewalPending = (): Refusal<'RENEWAL_PENDING'> =>
  no('RENEWAL_PENDING', 'The subscription is just being renewed. Try again in a moment.', 'A33');

export type ChangeRefusal = Refusal<
  'RENEWAL_PENDING' | 'SANDBOX_STAYS_FREE' | 'NEW_PLAN_NEEDED' | 'SUBSCRIPTION_CANCELLED'
>;

/** Whether its plan can be changed by a quote; null when it can. An expired trial can: it becomes paid (A52). */
export function refusesChange(held: State, now: Date): ChangeRefusal | null {
  if (held.terms.kind === 'SANDBOX') {
    return no('SANDBOX_STAYS_FREE', 'A sandbox never becomes a paid account. Open a new account instead.', 'A57');
  }
  if (held.status === 'EXPIRED') {
    if (held.terms.kind === 'TRIAL' && held.cancelledAt === null) return null;
    return no('NEW_PLAN_NEEDED', 'It was cancelled and has expired: subscribe to a new plan.', 'A55');
  }
  if (isDue(held, now)) return renewalPending();
  if (held.status === 'CANCELLED') {
    return no('SUBSCRIPTION_CANCELLED', 'It is cancelled and runs to its end. Renew it first.', 'A53');
  }
  return null;
}

export type RenewRefusal = Refusal<
  'RENEWAL_PENDING' | 'RENEWS_BY_ITSELF' | 'NEW_PLAN_NEEDED' | 'TRIAL_RENEWED_ONCE' | 'EXPIRED_TOO_LONG'
>;

/**
 * Whether it can be renewed by a quote; null when it can: cancelled and not yet expired it goes on (A53), an expired
 * trial has one free renewal. Cancelled and expired takes a new plan (A55); what has been over for a calendar year or
 * more is never renewed (A56).
 */
export function refusesRenewal(held: State, now: Date): RenewRefusal | null {
  if (held.status === 'ACTIVE') return no('RENEWS_BY_ITSELF', 'It renews by itself.', 'A33');
  if (held.status === 'CANCELLED') return isDue(held, now) ? renewalPending() : null;
  const until = held.expiredAt === null ? null : lastRenewal(held.expiredAt, held.timeZone);
  if (until !== null && now >= until) {
    return no('EXPIRED_TOO_LONG', 'It has been over for a year or more and cannot be renewed.', 'A56');
  }
  if (held.cancelledAt !== null || held.terms.kind !== 'TRIAL') {
    return no('NEW_PLAN_NEEDED', 'It was cancelled and has expired: subscribe to a new plan.', 'A55');
  }
  if (held.trialRenewedAt !== null) {
    return no('TRIAL_RENEWED_ONCE', 'The trial was renewed once already. Choose a paid plan.', 'A53');
  }
  return null;
}

/**
 * The first instant at which an expired one cannot be renewed any more: strictly less than one calendar year, by days
 * of its zone.
 */
export function lastRenewal(expiredAt: Date, timeZone: string): Date {
  const day = Temporal.PlainDate.from(dayOf(expiredAt, timeZone)).add({ years: 1 }, { overflow: 'constrain' });
  return startOf(day.toString(), timeZone);
}

export type CancelRefusal = Refusal<'ALREADY_CANCELLED' | 'ALREADY_EXPIRED' | 'RENEWAL_PENDING'>;

/** Whether it can be cancelled; null when it can. What is paid runs to its end (A61). */
export function refusesCancel(held: State, now: Date): CancelRefusal | null {
  if (held.status === 'EXPIRED') return no('ALREADY_EXPIRED', 'It is over already.', 'A61');
  if (held.status === 'CANCELLED') return no('ALREADY_CANCELLED', 'It is cancelled already.', 'A61');
  return isDue(held, now) ? renewalPending() : null;
}

export type AbleRefusal = Refusal<'ALREADY_EXPIRED' | 'ALREADY_DISABLED' | 'NOT_DISABLED'>;

/** Whether it can be disabled, or enabled again; null when it can. It is billed all the same (A33). */
export function refusesAble(held: State, wanted: 'DISABLE' | 'ENABLE'): AbleRefusal | null {
  if (held.status === 'EXPIRED') return no('ALREADY_EXPIRED', 'It is over.', 'A11');
  if (wanted === 'DISABLE' && held.disabledAt !== null) {
    return no('ALREADY_DISABLED', 'It is disabled already.', 'A11');
  }
  return wanted === 'ENABLE' && held.disabledAt === null ? no('NOT_DISABLED', 'It is not disabled.', 'A11') : null;
}

/** The terms as the arithmetic of changes wants them; null of what nothing was paid for. */
export function soldOf(held: Pick<SubscriptionRow, 'terms' | 'anchor' | 'period' | 'status'>): SoldTerms | null {
  const { frequency, list, parts, resellerBasisPoints, migrationDiscount, migrationBasisPoints } = held.terms;
  if (frequency === null || held.status === 'EXPIRED') return null;
  const { anchor, period } = held;
  return { list, parts, resellerBasisPoints, migrationDiscount, migrationBasisPoints, frequency, anchor, period };
}

/** Up when the plan ranks higher, or the same plan costs more a cycle; down the other way; else neither (A58, A62). */
export function directionOf(held: SubscriptionTerms, wanted: SubscriptionTerms): 'UPGRADED' | 'DOWNGRADED' | 'CHANGED' {
  const yearly = ({ list, frequency }: SubscriptionTerms): bigint => (frequency === 'MONTHLY' ? list * 12n : list);
  const up = wanted.kind === 'PAID' && held.kind !== 'PAID' ? 1 : wanted.rank - held.rank;
  if (up !== 0) return up > 0 ? 'UPGRADED' : 'DOWNGRADED';
  const [before, after] = [yearly(held), yearly(wanted)];
  // Another frequency alone is neither, whatever a year costs by it.
  if (before === after || held.frequency !== wanted.frequency) return 'CHANGED';
  return after > before ? 'UPGRADED' : 'DOWNGRADED';
}
