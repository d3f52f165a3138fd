import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { isLines } from '@comptoir/shared/values/text.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { once } from '../base/idempotencyKeys.ts';
import { settleBatch } from './payoutStore.ts';

/** The reason is kept by the audit trail, which takes it from the input. */
const MAX_REASON_LENGTH = 500;

const notFound = () => new Refusal('BATCH_NOT_FOUND' as const, 'There is no such batch.', ['input', 'batchId']);

export const commissionPayoutCancel: MutationResolvers['commissionPayoutCancel'] = async (_root, { input }, ctx) => {
  const { accountId } = ctx.viewer as PersonViewer;
  const { now } = ctx;
  const keyed = { accountId, key: input.idempotencyKey, mutation: 'commissionPayoutCancel', input, now };
  const outcome = await ctx.system('payouts of commissions are not made', (tx) =>
    once(tx, keyed, async () => {
      const { reason } = input;
      const length = reason.trim().length;
      if (length < 3 || length > MAX_REASON_LENGTH || !isLines(reason)) {
        const message = `Say why, in 3 to ${MAX_REASON_LENGTH} characters.`;
        return new Refusal('REASON_NOT_READABLE', message, ['input', 'reason']);
      }
      const batchId = readId(input.batchId);
      return batchId === null ? notFound() : await settleBatch(tx, { batchId, failed: 'ALL', now });
    }),
  );
  if (outcome instanceof Refusal) return { batch: null, userErrors: [outcome] };
  return { batch: await ctx.loaders.commissionBatch.load(outcome.batchId), userErrors: [] };
};
