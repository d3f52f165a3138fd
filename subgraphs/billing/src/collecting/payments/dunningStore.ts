import { Any, type EntityManager, LessThanOrEqual } from 'typeorm';
import { insertOnce } from '../../base/insertOnce.ts';
import type { Dunning } from './dunningRule.ts';
import { DunningTable } from './paymentTables.ts';

/** Row-level security decides which of them exist for this viewer. */
export async function loadDunnings(tx: EntityManager, invoiceIds: readonly string[]): Promise<Dunning[]> {
  return await tx.findBy(DunningTable, { invoiceId: Any([...invoiceIds]) });
}

/** Notes that an invoice is being collected; false when it is already. */
export const addDunning = (tx: EntityManager, dunning: Dunning): Promise<boolean> =>
  insertOnce(tx, DunningTable, dunning);

export async function lockDunning(tx: EntityManager, invoiceId: string): Promise<Dunning | null> {
  return await tx.findOne(DunningTable, { where: { invoiceId }, lock: { mode: 'for_no_key_update' } });
}

/** Attempts that are due, those that have been the longest first, not locked yet. */
export async function findDueDunnings(tx: EntityManager, now: Date, most: number): Promise<Dunning[]> {
  return await tx.find(DunningTable, {
    where: { nextAttemptAt: LessThanOrEqual(now) },
    order: { nextAttemptAt: 'ASC', invoiceId: 'ASC' },
    take: most,
  });
}

/** Locks what a profile has not paid. */
export async function lockDunningsOf(tx: EntityManager, profileId: string): Promise<Dunning[]> {
  return await tx
    .createQueryBuilder(DunningTable, 'd')
    // The state is no parameter: it is the condition of the index.
    .where(`d.profileId = :profileId and d.state <> 'PAID'`, { profileId })
    .orderBy('d.invoiceId')
    .setLock('for_no_key_update')
    .getMany();
}

export async function saveDunning(tx: EntityManager, dunning: Dunning): Promise<void> {
  const { invoiceId, failures, nextAttemptAt, state } = dunning;
  await tx.update(DunningTable, { invoiceId }, { failures, nextAttemptAt, state });
}
