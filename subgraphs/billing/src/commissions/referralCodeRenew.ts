import { Again } from '@comptoir/shared/operations/idempotency.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { answeredBefore, onceIfKeyed } from '../base/idempotencyKeys.ts';
import { writable } from '../base/scope.ts';
import type { ReferralRow } from './commissionTables.ts';
import { loadPartners } from './partners.ts';
import { newReferralCode, renewReferral } from './referralStore.ts';

export const referralCodeRenew: MutationResolvers['referralCodeRenew'] = async (_root, { input }, ctx) => {
  const intention = { mutation: 'referralCodeRenew', input: input ?? {} };
  const before = await answeredBefore<Renewed>(ctx, intention);
  if (before instanceof Refusal) return { referral: null, userErrors: [before] };
  if (before !== null) return { referral: asRow(before.answer), userErrors: [] };
  const { accountId } = ctx.viewer as PersonViewer;
  const partners = (await writable(ctx, [accountId])).has(accountId)
    ? await loadPartners(ctx.call, [accountId])
    : new Set();
  if (!partners.has(accountId)) {
    const message = 'This account is not a partner. Ask the provider to convert it into a partner account.';
    return { referral: null, userErrors: [new Refusal('NOT_A_PARTNER' as const, message, null, 'U07')] };
  }
  const referral = { code: newReferralCode(), partnerId: accountId, createdAt: ctx.now };
  const renew = async (tx: EntityManager): Promise<ReferralRow> => {
    await renewReferral(tx, referral);
    return referral;
  };
  const outcome = await ctx.system('a new referral code', (tx) =>
    onceIfKeyed(tx, ctx, intention, () => renew(tx), renewed),
  );
  if (outcome instanceof Refusal) return { referral: null, userErrors: [outcome] };
  return { referral: outcome instanceof Again ? asRow(outcome.answer) : outcome, userErrors: [] };
};

/** A code is no secret: it stands on web pages. */
type Renewed = { code: string; partnerId: string; createdAt: string };
const renewed = ({ code, partnerId, createdAt }: ReferralRow): Renewed => ({
  code,
  partnerId,
  createdAt: createdAt.toISOString(),
});
const asRow = (answer: Renewed): ReferralRow => ({ ...answer, createdAt: new Date(answer.createdAt) });
