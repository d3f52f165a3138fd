import type { CommissionBatchRow, CommissionPayoutRow } from './commissionTables.ts';
import type { PayoutBatch } from './payoutProvider.ts';

/** A batch as a payout provider gets it; payouts whose address was erased since are left out. */
export function batchOf(batch: CommissionBatchRow, payouts: readonly CommissionPayoutRow[]): PayoutBatch {
  const items = payouts.flatMap(({ id, address, amount, currency }) =>
    address === null ? [] : [{ payoutId: id, address, amount: { minor: amount, currency } }],
  );
  return { batchId: batch.id, currency: batch.currency, items };
}
