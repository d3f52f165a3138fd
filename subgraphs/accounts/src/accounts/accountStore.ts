import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import { lockRow } from '@comptoir/shared/database/lockRow.ts';
import { inScope, opens, reaches } from '@comptoir/shared/database/rowScope.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { Any, type EntityManager } from 'typeorm';
import { type AccountRow, AccountTable } from './accountTables.ts';

/** Row-level security decides which of them exist for this viewer. */
export async function loadAccounts(tx: EntityManager, ids: readonly string[]): Promise<AccountRow[]> {
  return await tx.findBy(AccountTable, { id: Any([...ids]) });
}

/** Locks an account's row for a decision about it; null when it is not there for this viewer. */
export async function lockAccount(tx: EntityManager, id: string): Promise<AccountRow | null> {
  return await lockRow(tx, AccountTable, { id });
}

/** Whether that is the provider's own account, also for those who do not see it. */
export async function isProvider(tx: EntityManager, id: string): Promise<boolean> {
  const [{ provider }] = await tx.query('select is_provider($1) as provider', [id]);
  return provider;
}

export type ClientRow = AccountRow & { partnerId: string };

const CLIENTS: KeysetList = {
  select: `owner.id as "partnerId", ${columnsOf(AccountTable, 'a')}`,
  from: `access.reach r join account a on ${opens('owner.id', 'a.id', 'LINK', 'READ')}`,
  where: 'r.valid @> $2::timestamptz and ($1::text is null or strpos(lower(a.name), lower($1)) > 0)',
  keys: [
    { by: 'a.name', kind: 'text' },
    { by: 'a.id', kind: 'id' },
  ],
};

/** One page per partner of the clients that are attached to it now, by name (U06). */
export async function loadClients(
  tx: EntityManager,
  partnerIds: readonly string[],
  page: Page,
  { search, now }: { search: string | null; now: Date },
): Promise<ClientRow[]> {
  return await loadKeysetPages(tx, CLIENTS, { owners: partnerIds, page, values: [search, now] });
}

/**
 * True when the viewer may change the settings of that account: the account's own, one opened by CONFIGURATION for
 * writing, or any for staff.
 */
export async function mayConfigure(tx: EntityManager, id: string): Promise<boolean> {
  const found: unknown[] = await tx.query(
    `select from account where account.id = $1 and ${inScope('account.id', 'CONFIGURATION', 'WRITE')}`,
    [id],
  );
  return found.length === 1;
}

/**
 * Sets the time zone; a trigger brings `access.account_zone` in line in the same commit. For the system role, after
 * `mayConfigure`.
 */
export async function saveTimeZone(tx: EntityManager, id: string, timeZone: string): Promise<AccountRow> {
  await tx.update(AccountTable, { id }, { timeZone });
  return await tx.findOneByOrFail(AccountTable, { id });
}

/**
 * The accounts whose names contain the text, among those that an account reaches now, and itself; the provider reaches
 * all. At most `most`, by name. For the system role.
 */
export async function findAccountsByName(
  tx: EntityManager,
  { holderId, text, now, most }: { holderId: string; text: string; now: Date; most: number },
): Promise<{ id: string }[]> {
  return await tx.query(
    `select a.id from account a
     where strpos(lower(a.name), lower($2)) > 0
       and (a.id = $1
         or ${reaches('$1', 'a.id', 'LINK', 'READ', '$3::timestamptz')}
         or exists (select from account holder where holder.id = $1 and holder.kind = 'PROVIDER'))
     order by a.name, a.id limit $4`,
    [holderId, text, now, most],
  );
}

/**
 * One page of all accounts that the viewer may see, by name. No `KeysetList`: there may be very many, and with the
 * cursor only where there is one, its statement begins at it under any plan.
 */
export async function loadAccountPage(tx: EntityManager, page: Page, search: string | null): Promise<AccountRow[]> {
  const query = tx
    .createQueryBuilder(AccountTable, 'account')
    .orderBy('account.name')
    .addOrderBy('account.id')
    .limit(page.first + 1);
  if (page.after !== null)
    query.andWhere('(account.name, account.id) > (:name, :id)', { name: page.after[0], id: page.after[1] });
  if (search !== null) query.andWhere('strpos(lower(account.name), lower(:search)) > 0', { search });
  return await query.getMany();
}
