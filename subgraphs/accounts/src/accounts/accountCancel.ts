import { enqueue } from '@comptoir/shared/jobs.ts';
import { Refusal } from '@comptoir/shared/refusal.ts';
import { isLines } from '@comptoir/shared/text.ts';
import { newId, readId } from '@comptoir/shared/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { cancel } from './account.ts';
import { lockAccount } from './accountStore.ts';
import { AccountTable } from './accountTables.ts';

const LONGEST_REASON = 500;

export const accountCancel: MutationResolvers['accountCancel'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const outcome = await ctx.write(async (tx) => {
    // The reason is kept by the audit trail, which takes it from the input.
    const length = input.reason.trim().length;
    if (length < 3 || length > LONGEST_REASON || !isLines(input.reason)) {
      return new Refusal(
        'REASON_NOT_READABLE',
        `Say why, in 3 to ${LONGEST_REASON} characters.`,
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
      // What is paid runs to its end: billing keeps the subscription from being renewed.
      await enqueue(tx, 'accounts', { queue: 'subscription-cancel', id: newId(), payload: { accountId: account.id } });
    }
    return cancelled;
  });
  return outcome instanceof Refusal ? { account: null, userErrors: [outcome] } : { account: outcome, userErrors: [] };
};
