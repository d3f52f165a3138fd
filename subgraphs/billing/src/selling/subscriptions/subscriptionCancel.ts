import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { isLines } from '@comptoir/shared/values/text.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { refusesCancel } from './subscription.ts';
import { refused, stepSubscription } from './subscriptionSteps.ts';
import type { SubscriptionRow } from './subscriptionTables.ts';

const MAX_REASON_LENGTH = 500;

export const subscriptionCancel: MutationResolvers['subscriptionCancel'] = async (_root, { input }, ctx) => {
  // The reason is kept by the audit trail, which takes it from the input.
  const { reason, accountId } = input;
  const length = reason.trim().length;
  if (length < 3 || length > MAX_REASON_LENGTH || !isLines(reason)) {
    const message = `Say why, in 3 to ${MAX_REASON_LENGTH} characters.`;
    return refused(new Refusal('REASON_NOT_READABLE', message, ['input', 'reason'], 'A61'));
  }
  const asked = { accountId, kind: 'CANCELLED', reason: 'cancel a subscription' } as const;
  return await stepSubscription(ctx, asked, (_tx, held) => refusesCancel(held, ctx.now) ?? cancelled(held, ctx.now));
};

/** What is paid runs to its end (A61). */
export const cancelled = (held: SubscriptionRow, now: Date): SubscriptionRow => ({
  ...held,
  status: 'CANCELLED',
  cancelledAt: now,
});
