import { enqueue } from '@comptoir/shared/jobs/jobs.ts';
import type { EntityManager } from 'typeorm';

export type BillingNotice = {
  /** Makes the mail unique: the same id is sent once. */
  id: string;
  /** Whose people with BILLING are told: who pays, never a client whose partner does (A43). */
  accountId: string;
  /** A kind that identity has texts for: `billingNotices.ts` there. */
  kind: string;
  /** Amounts, days, numbers, as they are to be read. No names. */
  params: Record<string, string>;
  /** Accounts whose names the text needs, by the name of the parameter. */
  accounts?: Record<string, string>;
};

/** Has people told, in the running transaction: the mail goes out if and only if it commits. */
export async function notify(tx: EntityManager, { id, ...payload }: BillingNotice): Promise<void> {
  await enqueue(tx, 'billing', { queue: 'notice', id, payload });
}
