import { appendHeads, headsAfter, lastHeadNumber, type Sql, sealNext } from '@comptoir/shared/audit/seal.ts';
import type { Round } from '@comptoir/shared/concurrency/rounds.ts';
import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import type { EntityManager } from 'typeorm';
import type { BillingConfig } from '../../config.ts';
import { LEDGER } from './ledgerStream.ts';
import { snapshotBalances } from './snapshots.ts';

type SealingConfig = Pick<BillingConfig, 'sealingKey' | 'ledgerHeads'>;

export const sqlOf =
  (tx: EntityManager): Sql =>
  (text, values) =>
    tx.query(text, values);

/**
 * Seals what became final since the last time, and brings the heads file up to date: also with what a crash between the
 * two left out. Returns how many checkpoints it made. A request that runs meanwhile does not wait for it.
 */
export async function sealLedger(
  { system }: Pick<JobContext, 'system'>,
  requestId: string,
  { sealingKey, ledgerHeads }: SealingConfig,
): Promise<number> {
  let sealed = 0;
  for (;;) {
    const head = await system(requestId, (tx) =>
      // Real time: it says when the seal was made.
      sealNext(sqlOf(tx), LEDGER, { key: sealingKey, at: new Date() }),
    );
    if (head === null) break;
    sealed += 1;
  }
  if (ledgerHeads === undefined) return sealed;
  const last = await lastHeadNumber(ledgerHeads, LEDGER.name);
  await appendHeads(ledgerHeads, await system(requestId, (tx) => headsAfter(sqlOf(tx), LEDGER, last)));
  return sealed;
}

/** Seals the ledger, then makes the snapshots of balances that are due from what was sealed. */
export const sealingRound = (config: BillingConfig): Round => ({
  title: 'checkpoints of the ledger sealed',
  async run(work, requestId) {
    const sealed = await sealLedger(work, requestId, config);
    await snapshotBalances(work, requestId);
    return sealed;
  },
});
