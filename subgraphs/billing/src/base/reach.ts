import { reaches } from '@comptoir/shared/database/rowScope.ts';
import type { EntityManager } from 'typeorm';

/**
 * SQL: true when an account may know of another one's credits now, because they are its own or its client's that
 * granted BILLING. For what is found out without a request, whose viewer row-level security would ask about.
 */
export const mayKnow = (holder: string, account: string, now: string): string =>
  `(${holder} = ${account} or ${reaches(holder, account, 'BILLING', 'READ', `${now}::timestamptz`)})`;

/** True when an account was granted the writing of another one's billing: that of a client, never the other way. */
export async function mayWriteFor(
  tx: EntityManager,
  { holder, account, now }: { holder: string; account: string; now: Date },
): Promise<boolean> {
  const [{ may }] = await tx.query(`select ${reaches('$1', '$2', 'BILLING', 'WRITE', '$3::timestamptz')} as may`, [
    holder,
    account,
    now,
  ]);
  return may;
}
