import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { notify } from '../base/notify.ts';
import { writable } from '../base/scope.ts';
import { loadPayoutAddresses, savePayoutAddress } from './payoutStore.ts';
import { readPayoutAddress } from './paypalForm.ts';

export const payoutAddressSet: MutationResolvers['payoutAddressSet'] = async (_root, { input }, ctx) => {
  const { accountId: partnerId, userId: setBy } = ctx.viewer as PersonViewer;
  const email = input.email == null ? null : readPayoutAddress(input.email);
  if (input.email != null && email === null) {
    const message = 'That is no e-mail address that PayPal could pay to. It begins with a letter or a digit.';
    const refusal = new Refusal('EMAIL_NOT_READABLE' as const, message, ['input', 'email'], 'A75');
    return { commissions: null, userErrors: [refusal] };
  }
  if (!(await writable(ctx, [partnerId])).has(partnerId)) {
    return { commissions: null, userErrors: [new Refusal('ACCOUNT_NOT_FOUND' as const, 'There is no such account.')] };
  }
  await ctx.system('set where a partner is paid', async (tx) => {
    const [before] = await loadPayoutAddresses(tx, [partnerId]);
    await savePayoutAddress(tx, { partnerId, email, setBy, now: ctx.now });
    // Where money goes is not changed silently.
    const changed = (before?.email ?? null) !== email;
    if (changed) await notify(tx, { id: newId(), accountId: partnerId, kind: 'PAYOUT_ADDRESS_SET', params: {} });
  });
  return { commissions: { partnerId }, userErrors: [] };
};
