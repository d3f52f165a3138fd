import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { spendsOwn, writable, writableIn } from '../../base/scope.ts';
import { loadProfiles, lockProfile } from '../../collecting/profiles/profileStore.ts';
import { mayPay } from '../quotes/pricing.ts';
import { mayNotPay, partnerPays, profileNotFound } from '../quotes/refusals.ts';
import { nextTerms } from './nextTerms.ts';
import { refused, stepSubscription } from './subscriptionSteps.ts';
import type { SubscriptionRow } from './subscriptionTables.ts';

export const billingProfileChoose: MutationResolvers['billingProfileChoose'] = async (_root, { input }, ctx) => {
  const profileId = readId(input.profileId);
  const [seen] = profileId === null ? [] : await ctx.read((tx) => loadProfiles(tx, [profileId]));
  const scope = seen === undefined ? new Set() : await writable(ctx, [seen.accountId]);
  if (profileId === null || seen === undefined || !scope.has(seen.accountId)) return refused(profileNotFound());

  if (!spendsOwn(ctx.viewer, seen.accountId)) {
    const message = 'Only people and keys of the account that owns a billing profile have it pay.';
    return refused(new Refusal('PROFILE_NOT_FOR_ACCOUNT', message, ['input', 'profileId'], 'A38'));
  }

  const asked = { accountId: input.accountId, kind: 'PROFILE_CHOSEN', reason: 'choose who pays' } as const;
  return await stepSubscription(ctx, asked, async (tx, held) => {
    if (held.status === 'EXPIRED') return new Refusal('ALREADY_EXPIRED', 'It is over.', null, 'A36');
    const profile = await lockProfile(tx, profileId);
    if (profile === null) return profileNotFound();
    if (!(await mayPay(tx, profile.accountId, held.accountId, ctx.now))) {
      return mayNotPay();
    }
    if (await isAnothersToHandOver(tx, held, profile.accountId, ctx.now)) {
      return partnerPays();
    }
    if (held.terms.kind === 'PAID' && held.currency !== profile.currency) {
      const message = `It was sold in ${held.currency}, and this profile pays in ${profile.currency}.`;
      return new Refusal('CURRENCY_MISMATCH', message, ['input', 'profileId'], 'A36');
    }
    const perCycle = held.terms.kind === 'PAID' ? (await nextTerms(tx, held, profile.accountId, ctx.now)).perCycle : 0n;
    return { ...held, profileId, payerId: profile.accountId, currency: profile.currency, perCycle };
  });
};

/**
 * A client whose partner pays would otherwise take its plan over, and be billed by the provider at what the partner
 * pays (A41). Once the partner may not pay any more, there is no one to ask.
 */
async function isAnothersToHandOver(
  tx: EntityManager,
  { payerId, accountId }: SubscriptionRow,
  newPayerId: string,
  now: Date,
): Promise<boolean> {
  if (payerId === null || payerId === newPayerId || (await writableIn(tx, [payerId])).has(payerId)) return false;
  return await mayPay(tx, payerId, accountId, now);
}
