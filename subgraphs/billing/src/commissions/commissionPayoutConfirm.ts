import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { once } from '../base/idempotencyKeys.ts';
import { settleBatch } from './payoutStore.ts';

const notFound = () => new Refusal('BATCH_NOT_FOUND' as const, 'There is no such batch.', ['input', 'batchId']);

export const commissionPayoutConfirm: MutationResolvers['commissionPayoutConfirm'] = async (_root, { input }, ctx) => {
  const { accountId } = ctx.viewer as PersonViewer;
  const { now } = ctx;
  const keyed = { accountId, key: input.idempotencyKey, mutation: 'commissionPayoutConfirm', input, now };
  const outcome = await ctx.system('payouts of commissions were paid', (tx) =>
    once(tx, keyed, async () => {
      const batchId = readId(input.batchId);
      if (batchId === null) return notFound();
      // What is no id is in no batch.
      const failed = new Set((input.failedPayoutIds ?? []).map((id) => readId(id) ?? id));
      return await settleBatch(tx, { batchId, failed, now });
    }),
  );
  if (outcome instanceof Refusal) return { batch: null, userErrors: [outcome] };
  return { batch: await ctx.loaders.commissionBatch.load(outcome.batchId), userErrors: [] };
};
