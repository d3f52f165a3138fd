import type { Page } from '@comptoir/shared/pagination.ts';
import { Any, type EntityManager } from 'typeorm';
import { type AccountRow, AccountTable } from './accountTables.ts';

/** Row-level security decides which of them exist for this viewer. */
export async function loadAccounts(tx: EntityManager, ids: readonly string[]): Promise<AccountRow[]> {
  return await tx.findBy(AccountTable, { id: Any([...ids]) });
}

/** Locks an account's row for a decision about it; null when it is not there for this viewer. */
export async function lockAccount(tx: EntityManager, id: string): Promise<AccountRow | null> {
  return await tx
    .createQueryBuilder(AccountTable, 'account')
    .setLock('pessimistic_write')
    .where('account.id = :id', { id })
    .getOne();
}

export type ClientRow = AccountRow & { partnerId: string };

/** One page per partner of the clients that are attached to it now, by name (U06). */
export async function loadClients(
  tx: EntityManager,
  partnerIds: readonly string[],
  page: Page,
  { search, now }: { search: string | null; now: Date },
): Promise<ClientRow[]> {
  const [name, id] = page.after ?? [null, null];
  return await tx.query(
    `select partner.id as "partnerId", client.*
     from unnest($1::uuid[]) as partner (id)
     cross join lateral (
       select a.id, a.kind, a.status, a.name, a.created_at as "createdAt", a.cancelled_at as "cancelledAt"
       from access.reach r join account a on a.id = r.account
       where r.holder = partner.id and r.area = 'LINK' and r.verb = 'READ' and r.valid @> $2::timestamptz
         and ($3::text is null or (a.name, a.id) > ($3, $4::uuid))
         and ($5::text is null or strpos(lower(a.name), lower($5)) > 0)
       order by a.name, a.id
       limit $6
     ) as client`,
    [partnerIds, now, name, id, search, page.first + 1],
  );
}

/** One page of all accounts that the viewer may see, by name. */
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
