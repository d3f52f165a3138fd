import { badInput } from '@comptoir/shared/protocol/errors.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { loadPartners } from './partners.ts';
import { addAttribution, findReferrer, readReferralCode } from './referralStore.ts';

export const internalReferralAttribute: MutationResolvers['internalReferralAttribute'] = async (
  _root,
  { input },
  ctx,
) => {
  const clientId = readId(input.accountId);
  if (clientId === null) throw badInput('That is no account id.', ['input', 'accountId']);
  const code = readReferralCode(input.code);
  const partnerId =
    code === null ? null : await ctx.system('whose referral code', (tx) => findReferrer(tx, code), { untrailed: true });
  if (code === null || partnerId === null || partnerId === clientId) return { accountId: clientId };

  if ((await loadPartners(ctx.call, [partnerId])).has(partnerId)) {
    const attribution = { clientId, partnerId, code, attributedAt: ctx.now };
    await ctx.system('who brought a new account', (tx) => addAttribution(tx, attribution));
  }
  return { accountId: clientId };
};
