import type { EntityManager } from 'typeorm';

/** The time zone in which an account's days begin. */
export async function zoneOf(tx: EntityManager, accountId: string): Promise<string> {
  const [row]: { zone: string }[] = await tx.query(
    'select time_zone as zone from access.account_zone where account = $1',
    [accountId],
  );
  return row?.zone ?? 'UTC';
}
