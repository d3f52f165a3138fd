import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { EntityManager } from 'typeorm';
import type { CreditKind } from '../../books/ledger/kinds.ts';
import { planOf } from '../subscriptions/subscriptionStore.ts';

/** The plan without SMS (A67). */
const WITHOUT_SMS = 'STARTER';

/** Refuses SMS credits for an account whose plan has no SMS (A67), bought or allocated alike; null otherwise. */
export async function refusesSms(
  tx: EntityManager,
  kind: CreditKind,
  accountId: string,
  field: string[],
): Promise<Refusal<'SMS_NOT_IN_PLAN'> | null> {
  if (kind !== 'SMS' || (await planOf(tx, accountId)) !== WITHOUT_SMS) return null;
  return new Refusal('SMS_NOT_IN_PLAN', 'The plan STARTER has no SMS.', field, 'A67');
}
