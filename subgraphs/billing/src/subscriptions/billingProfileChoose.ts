import { Refusal } from '@comptoir/shared/refusal.ts';
import { readId } from '@comptoir/shared/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { loadProfiles, lockProfile } from '../profiles/profileStore.ts';
import { mayPay, profileNotFound } from '../quotes/pricing.ts';
import { writable } from '../scope.ts';
import { refused, stepSubscription } from './subscriptionSteps.ts';

export const billingProfileChoose: MutationResolvers['billingProfileChoose'] = async (_root, { input }, ctx) => {
  const profileId = readId(input.profileId);
  const [seen] = profileId === null ? [] : await ctx.read((tx) => loadProfiles(tx, [profileId]));
  const scope = seen === undefined ? new Set() : await writable(ctx, [seen.accountId]);
  if (profileId === null || seen === undefined || !scope.has(seen.accountId)) return refused(profileNotFound());

  const asked = { accountId: input.accountId, kind: 'PROFILE_CHOSEN', reason: 'choose who pays' } as const;
  return await stepSubscription(ctx, asked, async (tx, held) => {
    if (held.status === 'EXPIRED') return new Refusal('ALREADY_EXPIRED', 'It is over.', null, 'A36');
    const profile = await lockProfile(tx, profileId);
    if (profile === null) return profileNotFound();
    if (!(await mayPay(tx, profile.accountId, held.accountId, ctx.now))) {
      return new Refusal(
        'PROFILE_NOT_FOR_ACCOUNT',
        'A billing profile pays for its own account and for clients that granted BILLING to it.',
        ['input', 'profileId'],
        'A38',
      );
    }
    if (held.terms.kind === 'PAID' && held.currency !== profile.currency) {
      const message = `It was sold in ${held.currency}, and this profile pays in ${profile.currency}.`;
      return new Refusal('CURRENCY_MISMATCH', message, ['input', 'profileId'], 'A36');
    }
    return { ...held, profileId, payerId: profile.accountId, currency: profile.currency };
  });
};
