import { AccountSecondFactorTable } from '@comptoir/shared/database/accessTables.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';
import type { EntityManager } from 'typeorm';

/**
 * Requires a second factor of the one who enters an account, or does not any more (N25). For the system role, after the
 * caller's account was checked.
 */
export async function saveRequirement(tx: EntityManager, account: string, required: boolean, at: Date): Promise<void> {
  if (!required) {
    await tx.delete(AccountSecondFactorTable, { account });
    return;
  }
  const since = { account, since: at };
  await tx.createQueryBuilder().insert().into(AccountSecondFactorTable).values(since).orIgnore().execute();
}

/** Whether an account that this person is an active member of requires it. For the system role. */
export async function isRequiredOf(tx: EntityManager, userId: string): Promise<boolean> {
  const rows: unknown[] = await tx.query(
    `select from membership m join access.account_second_factor f on f.account = m.account_id
     where m.user_id = $1 and m.status = 'ACTIVE' limit 1`,
    [userId],
  );
  return rows.length > 0;
}

export type RequirementRow = { id: string; required: boolean };

/** What those of the accounts require whose people the viewer may see. */
export async function loadRequirements(tx: EntityManager, accountIds: readonly string[]): Promise<RequirementRow[]> {
  return await tx.query(
    `select account.id, exists (select from access.account_second_factor f where f.account = account.id) as required
     from unnest($1::uuid[]) as account (id) where ${inScope('account.id', 'SECURITY', 'READ')}`,
    [accountIds],
  );
}

/** Those of the accounts that the viewer would reach if they had a second factor. */
export async function loadMissingFor(tx: EntityManager, accountIds: readonly string[]): Promise<{ id: string }[]> {
  return await tx.query(
    'select account.id from unnest($1::uuid[]) as account (id) where access.second_factor_missing(account.id)',
    [accountIds],
  );
}
