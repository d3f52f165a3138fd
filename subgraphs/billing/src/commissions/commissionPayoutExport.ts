import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { once } from '../base/idempotencyKeys.ts';
import { isCurrency } from '../books/money/money.ts';
import type { BillingConfig } from '../config.ts';
import type { SubgraphContext } from '../context.ts';
import { readMonth } from './commission.ts';
import { batchOf } from './payoutBatch.ts';
import { addBatch, loadBatchPayouts, lockBatch, settleBatch } from './payoutStore.ts';

export const commissionPayoutExport =
  (config: BillingConfig): MutationResolvers['commissionPayoutExport'] =>
  async (_root, { input }, ctx) => {
    const { accountId, userId: createdBy } = ctx.viewer as PersonViewer;
    const { idempotencyKey: key, currency } = input;
    const { now } = ctx;
    const outcome = await ctx.system('export payouts of commissions', (tx) =>
      once(tx, { accountId, key, mutation: 'commissionPayoutExport', input, now }, async () => {
        const month = readMonth(input.month);
        if (month === null)
          return new Refusal('MONTH_NOT_READABLE', 'A month is 2026-11, for example.', ['input', 'month']);
        if (!isCurrency(currency)) {
          return new Refusal('CURRENCY_NOT_KNOWN', 'That is no currency.', ['input', 'currency']);
        }
        const batchId = await addBatch(tx, { currency, month, createdBy, now, most: config.payouts.most });
        if (batchId === null) {
          const message = 'No partner with an address has enough to be paid out.';
          return new Refusal('NOTHING_TO_PAY', message, null, 'A75');
        }
        return { batchId };
      }),
    );
    if (outcome instanceof Refusal) return { batch: null, userErrors: [outcome] };
    await askToPay(ctx, config, outcome.batchId);
    return { batch: await ctx.loaders.commissionBatch.load(outcome.batchId), userErrors: [] };
  };

/**
 * Asks the provider, outside of any transaction, and books what it says it has paid. With the same key the mutation
 * comes here again until the answer is known.
 */
async function askToPay(ctx: SubgraphContext, config: BillingConfig, batchId: string): Promise<void> {
  const recorded = await ctx.system(
    'what a batch pays out',
    async (tx) => {
      const batch = await lockBatch(tx, batchId);
      if (batch?.state !== 'EXPORTED') return null;
      const payouts = await loadBatchPayouts(tx, [batchId]);
      return { batch: batchOf(batch, payouts), payouts };
    },
    { untrailed: true },
  );
  if (recorded === null) return;
  const paid = new Set((await config.payouts.pay(recorded.batch)).paid);
  // Of a form that staff hand in, and of a batch that is paid in part, staff say what became of it; also of one whose
  // address was erased since, which no one was asked to pay.
  if (!recorded.payouts.every(({ id }) => paid.has(id))) return;
  await ctx.system('payouts of commissions were paid', (tx) =>
    settleBatch(tx, { batchId, failed: new Set(), now: ctx.now }),
  );
}
