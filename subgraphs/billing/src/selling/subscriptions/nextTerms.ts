import type { EntityManager } from 'typeorm';
import { findProfile } from '../../collecting/profiles/profileStore.ts';
import { discountsFor } from '../../pricing/discounts/discountStore.ts';
import { perCycleOf } from '../../pricing/prices/change.ts';
import type { SubscriptionRow } from './subscriptionTables.ts';

/**
 * What the cycles to come cost when an account pays for them. A sold price stays for who bought it (A19-A25); the
 * reseller discount in it is a partner's own: anyone who takes over pays with what they are given themselves, which for
 * most is none.
 */
export async function nextTerms(
  tx: EntityManager,
  { accountId, cycleProfileId, terms }: Pick<SubscriptionRow, 'accountId' | 'cycleProfileId' | 'terms'>,
  payerId: string,
  now: Date,
): Promise<{ resellerBasisPoints: number; perCycle: bigint }> {
  const paid = cycleProfileId === null ? null : await findProfile(tx, cycleProfileId);
  const { resellerBasisPoints } =
    paid?.accountId === payerId ? terms : await discountsFor(tx, { payerId, accountId, now });
  return { resellerBasisPoints, perCycle: perCycleOf({ list: terms.list, resellerBasisPoints }) };
}
