import { Refusal } from '@comptoir/shared/refusal.ts';
import type { PersonViewer } from '@comptoir/shared/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { writable } from '../scope.ts';
import { loadPartners } from './partners.ts';
import { newReferralCode, renewReferral } from './referralStore.ts';

export const referralCodeRenew: MutationResolvers['referralCodeRenew'] = async (_root, _args, ctx) => {
  const { accountId } = ctx.viewer as PersonViewer;
  const partners = (await writable(ctx, [accountId])).has(accountId)
    ? await loadPartners(ctx.call, [accountId])
    : new Set();
  if (!partners.has(accountId)) {
    const message = 'This account is not a partner. Ask the provider to convert it into a partner account.';
    return { referral: null, userErrors: [new Refusal('NOT_A_PARTNER' as const, message, null, 'U07')] };
  }
  const referral = { code: newReferralCode(), partnerId: accountId, createdAt: ctx.now };
  await ctx.system('a new referral code', (tx) => renewReferral(tx, referral));
  return { referral, userErrors: [] };
};
