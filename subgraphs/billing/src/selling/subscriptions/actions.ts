import { Refusal } from '@comptoir/shared/values/refusal.ts';
import {
  accountCancelled,
  changePaying,
  mayNotPay,
  paidBySomebodyElse,
  partnerPays,
  profileNotFound,
} from '../quotes/refusals.ts';
import { lastRenewal, refusesAble, refusesCancel, refusesChange, refusesRenewal, type State } from './subscription.ts';

export type Action = 'CHANGE' | 'RENEW' | 'CANCEL' | 'DISABLE' | 'ENABLE' | 'CHOOSE_PROFILE';

/** Whether something can be done with a subscription, why not, by which rule, and until when. */
export type ActionState = {
  action: Action;
  allowed: boolean;
  reason: string | null;
  rule: string | null;
  deadline: Date | null;
};

/** What decides over the actions of a subscription beside its own row, as it is for the viewer. */
export type Standing = {
  id: string;
  /** The viewer may change the billing of its account. */
  writable: boolean;
  /** A change of it is being paid for. */
  changePaying: boolean;
  /** Its account was cancelled. */
  accountCancelled: boolean;
  /**
   * Of the account that pays for the cycles to come: whether the viewer may change its billing, and whether it may pay
   * any more.
   */
  payerWritable: boolean;
  payerMayPay: boolean;
  /** The chosen profile is there, and was not deleted since. */
  profileThere: boolean;
  /**
   * Of the profile that paid for the running cycle: whether the viewer may change the billing of its account, and
   * whether it is still there.
   */
  cyclePayerWritable: boolean;
  cycleProfileThere: boolean;
  /** Profiles of the viewer's own account may pay for it. */
  ownMayPay: boolean;
};

/** Who asks: what the shield looks at before a mutation is begun. */
export type Asker = {
  /** Holds BILLING for writing. */
  writes: boolean;
  /** Not logged in as somebody else. */
  asOneself: boolean;
  accountId: string | null;
};

type Held = State & { payerId: string | null };

/**
 * What can be done with it now, by the one who asks (A10, N09): for each action what its mutation would answer, as far
 * as that does not depend on what is asked for.
 */
export function availableActions(held: Held, standing: Standing, asker: Asker, now: Date): ActionState[] {
  const renewable =
    held.status === 'EXPIRED' ? held.expiredAt && lastRenewal(held.expiredAt, held.timeZone) : held.dueAt;
  const closed = refusesAsker(standing, asker);
  const step = (refused: Refusal | null): Refusal | null => (standing.changePaying ? changePaying() : refused);
  const all: [Action, Refusal | null, Date | null][] = [
    ['CHANGE', refusesChangeBy(held, standing, now), null],
    ['RENEW', refusesRenewal(held, now) ?? refusesRenewalBy(standing), renewable],
    ['CANCEL', step(refusesCancel(held, now)), held.dueAt],
    ['DISABLE', step(refusesAble(held, 'DISABLE')), null],
    ['ENABLE', step(refusesAble(held, 'ENABLE')), null],
    ['CHOOSE_PROFILE', asker.asOneself ? step(refusesChoice(held, standing, asker)) : notAsSomebodyElse(), null],
  ];
  return all.map(([action, no, deadline]) => {
    const refusal = closed ?? no;
    return {
      action,
      allowed: refusal === null,
      reason: refusal?.message ?? null,
      rule: refusal?.rule ?? null,
      deadline: refusal === null ? deadline : null,
    };
  });
}

function refusesAsker({ writable }: Standing, { writes }: Asker): Refusal | null {
  if (!writes) return new Refusal('FORBIDDEN', 'This needs BILLING for writing.', null, 'O10');
  return writable
    ? null
    : new Refusal('ACCOUNT_NOT_FOUND', 'BILLING of this account is open to you for reading only.', null, 'O10');
}

const notAsSomebodyElse = (): Refusal =>
  new Refusal('FORBIDDEN', 'Not while you are logged in as somebody else: it decides whose money pays.', null, 'N12');

function refusesChangeBy(held: Held, standing: Standing, now: Date): Refusal | null {
  const paid = held.terms.kind === 'PAID' && held.status !== 'EXPIRED';
  if (paid && !standing.cyclePayerWritable) return paidBySomebodyElse();
  const refused = refusesChange(held, now);
  if (refused !== null) return refused;
  // Of what nothing is paid for yet, who will pay is said with the change; and any change of it is a new sale.
  if (!paid) return standing.accountCancelled ? accountCancelled(null) : null;
  if (!standing.cycleProfileThere) return profileNotFound();
  return held.payerId !== null && !standing.payerWritable ? paidBySomebodyElse() : null;
}

function refusesRenewalBy({ profileThere, payerMayPay, payerWritable }: Standing): Refusal | null {
  if (!profileThere) return null;
  if (!payerMayPay) return mayNotPay();
  return payerWritable ? null : paidBySomebodyElse();
}

/** The profile is one of the asker's own account, or it is not for the asker to choose (A38). */
function refusesChoice({ status, payerId }: Held, standing: Standing, { accountId }: Asker): Refusal | null {
  if (status === 'EXPIRED') return new Refusal('ALREADY_EXPIRED', 'It is over.', null, 'A36');
  if (!standing.ownMayPay) return mayNotPay();
  return payerId !== accountId && isAnothersToHandOver(payerId, standing) ? partnerPays() : null;
}

/**
 * A client whose partner pays would otherwise take its plan over, and be billed by the provider at what the partner
 * pays (A41). Once the partner may not pay any more, there is no one to ask.
 */
const isAnothersToHandOver = (
  payerId: string | null,
  { payerWritable, payerMayPay }: Pick<Standing, 'payerWritable' | 'payerMayPay'>,
): boolean => payerId !== null && !payerWritable && payerMayPay;
