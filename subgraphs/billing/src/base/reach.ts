import { reaches } from '@comptoir/shared/database/rowScope.ts';
import type { EntityManager } from 'typeorm';

/**
 * SQL: true when an account may know of another one's credits now, because they are its own or its client's that
 * granted BILLING. For what is found out without a request, whose viewer row-level security would ask about.
 */
export const mayKnow = (holder: string, account: string, now: string): string =>
  `(${holder} = ${account} or ${reaches(holder, account, 'BILLING', 'READ', `${now}::timestamptz`)})`;

/**
 * True when an account may hand credits to another one: to clients that granted BILLING to it. Never the other way:
 * whoever may change a client's billing would else take what the client bought, or was given for free.
 */
export async function mayAllocate(
  tx: EntityManager,
  { fromAccountId, toAccountId, now }: { fromAccountId: string; toAccountId: string; now: Date },
): Promise<boolean> {
  const [{ may }] = await tx.query(`select ${reaches('$1', '$2', 'BILLING', 'WRITE', '$3::timestamptz')} as may`, [
    fromAccountId,
    toAccountId,
    now,
  ]);
  return may;
}
