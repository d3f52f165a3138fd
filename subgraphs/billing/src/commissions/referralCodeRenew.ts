import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { onceForKey } from '../base/idempotencyKeys.ts';
import { writable } from '../base/scope.ts';
import type { ReferralRow } from './commissionTables.ts';
import { loadPartners } from './partners.ts';
import { newReferralCode, renewReferral } from './referralStore.ts';

export const referralCodeRenew: MutationResolvers['referralCodeRenew'] = async (_root, { input }, ctx) => {
  const intention = { mutation: 'referralCodeRenew', input: input ?? {} };
  const referral = await onceForKey(ctx, intention, { kept: renewed, shown: asRow }, async (once) => {
    const { accountId } = ctx.viewer as PersonViewer;
    const partners = (await writable(ctx, [accountId])).has(accountId)
      ? await loadPartners(ctx.call, [accountId])
      : new Set();
    if (!partners.has(accountId)) {
      const message = 'This account is not a partner. Ask the provider to convert it into a partner account.';
      return new Refusal('NOT_A_PARTNER' as const, message, null, 'U07');
    }
    const fresh: ReferralRow = { code: newReferralCode(), partnerId: accountId, createdAt: ctx.now };
    return await ctx.system('a new referral code', (tx) => once(tx, () => renewReferral(tx, fresh).then(() => fresh)));
  });
  return referral instanceof Refusal ? { referral: null, userErrors: [referral] } : { referral, userErrors: [] };
};

/** A code is no secret: it stands on web pages. */
type Renewed = { code: string; partnerId: string; createdAt: string };
const renewed = ({ code, partnerId, createdAt }: ReferralRow): Renewed => ({
  code,
  partnerId,
  createdAt: createdAt.toISOString(),
});
const asRow = async (answer: Renewed): Promise<ReferralRow> => ({ ...answer, createdAt: new Date(answer.createdAt) });
