import type { PayoutBatch, PayoutProvider } from './payoutProvider.ts';

/**
 * Pays out at once and moves no money. `asked` are the batches that it was asked to pay; `fail` makes its next answer
 * get lost after it paid.
 */
export function testPayouts(): PayoutProvider & { asked: PayoutBatch[]; paid: Map<string, bigint>; fail(): void } {
  const asked: PayoutBatch[] = [];
  const paid = new Map<string, bigint>();
  let failing = false;
  return {
    name: 'TEST',
    most: 500,
    asked,
    paid,
    fail() {
      failing = true;
    },
    formOf: () => null,
    async pay(batch) {
      asked.push(batch);
      for (const { payoutId, amount } of batch.items) if (!paid.has(payoutId)) paid.set(payoutId, amount.minor);
      if (failing) {
        failing = false;
        throw new Error('The test provider paid, and its answer was lost.');
      }
      return { paid: batch.items.map(({ payoutId }) => payoutId) };
    },
  };
}
