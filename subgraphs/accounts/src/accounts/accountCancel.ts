import { isPreview } from '@comptoir/shared/database/preview.ts';
import { FOLLOW_UP_JOB_DELAY, followUp } from '@comptoir/shared/jobs/followUp.ts';
import { enqueue } from '@comptoir/shared/jobs/jobs.ts';
import type { CallService } from '@comptoir/shared/protocol/services.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { isLines } from '@comptoir/shared/values/text.ts';
import { newId, readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { cancel } from './account.ts';
import { lockAccount } from './accountStore.ts';
import { AccountTable } from './accountTables.ts';

const MAX_REASON_LENGTH = 500;

const SUBSCRIPTION_CANCEL = /* GraphQL */ `
  mutation SubscriptionCancel($input: InternalSubscriptionCancelInput!) {
    internalSubscriptionCancel(input: $input) { accountId }
  }
`;

/** What the account subscribed to runs to its end and is not renewed. May be asked again. */
export const cancelSubscription = (call: CallService, accountId: string, requestId: string): Promise<unknown> =>
  call('billing', SUBSCRIPTION_CANCEL, { input: { accountId } }, requestId);

export const accountCancel: MutationResolvers['accountCancel'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  let isNew = false;
  const outcome = await ctx.write(async (tx) => {
    // The reason is kept by the audit trail, which takes it from the input.
    const length = input.reason.trim().length;
    if (length < 3 || length > MAX_REASON_LENGTH || !isLines(input.reason)) {
      return new Refusal(
        'REASON_NOT_READABLE',
        `Say why, in 3 to ${MAX_REASON_LENGTH} characters.`,
        ['input', 'reason'],
        'A61',
      );
    }
    const id = input.accountId == null ? viewer.accountId : readId(input.accountId);
    const account = id === null ? null : await lockAccount(tx, id);
    if (account === null) return new Refusal('ACCOUNT_NOT_FOUND', 'There is no such account.', ['input', 'accountId']);

    const cancelled = cancel(account, ctx.now);
    if (cancelled instanceof Refusal) return cancelled;

    const { status, cancelledAt } = cancelled;
    await tx.update(AccountTable, { id: account.id }, { status, cancelledAt });
    if (account.status !== 'CANCELLED') {
      isNew = true;
      // What is paid runs to its end: billing keeps the subscription from being renewed. Done below; the job is for
      // when billing does not answer.
      const payload = { accountId: account.id };
      const delaySeconds = FOLLOW_UP_JOB_DELAY;
      await enqueue(tx, 'accounts', { queue: 'subscription-cancel', id: newId(), payload, delaySeconds });
    }
    return cancelled;
  });
  if (outcome instanceof Refusal) return { account: null, userErrors: [outcome] };
  if (isNew && !isPreview(viewer)) {
    const steps = () => cancelSubscription(ctx.call, outcome.id, viewer.requestId);
    await followUp('the subscription of a cancelled account ends', steps, ctx.log, { attempts: 1 });
  }
  return { account: outcome, userErrors: [] };
};
