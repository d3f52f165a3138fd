import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { PlanKind } from '../catalogue/plan.ts';

export type PlanChangeRefusal = Refusal<'SANDBOX_STAYS_FREE' | 'PAID_STAYS_PAID' | 'TRIAL_ONCE'>;

/**
 * Whether an account with a plan of one kind (null: without any so far) may have one of another kind; null when it may.
 * A trial becomes paid (A52), a sandbox never does (A57), and what was paid for does not become free (A51): it is
 * cancelled instead. A trial is chosen once.
 */
export function refusesPlanChange(held: PlanKind | null, wanted: PlanKind): PlanChangeRefusal | null {
  if (held === null) return null;
  const field = ['input', 'plan'];
  if (held === 'SANDBOX' && wanted !== 'SANDBOX') {
    return new Refusal(
      'SANDBOX_STAYS_FREE',
      'A sandbox never becomes a paid account. Open a new account instead.',
      field,
      'A57',
    );
  }
  if (held === 'PAID' && wanted !== 'PAID') {
    return new Refusal(
      'PAID_STAYS_PAID',
      'A paid account does not become a free one. Cancel it instead.',
      field,
      'A51',
    );
  }
  if (held === 'TRIAL' && wanted !== 'PAID') {
    return new Refusal('TRIAL_ONCE', 'A trial is followed by a paid plan.', field, 'A52');
  }
  return null;
}
