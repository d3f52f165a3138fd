import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import { lockRow } from '@comptoir/shared/database/lockRow.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { Any, type EntityManager, IsNull } from 'typeorm';
import { type BranchRow, BranchTable } from './branchTables.ts';

/** Row-level security decides which of them exist for this viewer. */
export async function loadBranches(tx: EntityManager, ids: readonly string[]): Promise<BranchRow[]> {
  return await tx.findBy(BranchTable, { id: Any([...ids]) });
}

const BY_NAME: KeysetList = {
  select: columnsOf(BranchTable, 'b'),
  from: 'branch b',
  where: 'b.account_id = owner.id and (b.archived_at is not null) = $1',
  keys: [
    { by: 'b.name', kind: 'text' },
    { by: 'b.id', kind: 'id' },
  ],
};

/** One page per account of its branches, by name. */
export async function loadBranchPages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
  { archived }: { archived: boolean },
): Promise<BranchRow[]> {
  return await loadKeysetPages(tx, BY_NAME, { owners: accountIds, page, values: [archived] });
}

/** Locks a branch for a decision about it; null when it is not there for this viewer, or not to be changed. */
export async function lockBranch(tx: EntityManager, id: string): Promise<BranchRow | null> {
  return await lockRow(tx, BranchTable, { id });
}

export async function countBranches(tx: EntityManager, accountId: string): Promise<number> {
  return await tx.countBy(BranchTable, { accountId });
}

/** Names of one account are given one after the other, so that two at once do not meet in the unique index. */
async function holdNames(tx: EntityManager, accountId: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('branch ' || $1::text, 0))", [accountId]);
}

/** Adds a branch; false when the account has one of that name. */
export async function addBranch(tx: EntityManager, branch: BranchRow): Promise<boolean> {
  const { id, accountId, name, createdAt } = branch;
  await holdNames(tx, accountId);
  const added: unknown[] = await tx.query(
    `insert into branch (id, account_id, name, created_at) values ($1, $2, $3, $4)
     on conflict (account_id, name) do nothing returning id`,
    [id, accountId, name, createdAt],
  );
  return added.length === 1;
}

/** Renames a branch; false when another one of the account has that name. One at a time per account. */
export async function renameBranch(tx: EntityManager, { id, accountId }: BranchRow, name: string): Promise<boolean> {
  await holdNames(tx, accountId);
  const [rows] = await tx.query(
    `update branch set name = $2 where id = $1
       and not exists (select from branch b where b.account_id = $3 and b.name = $2 and b.id <> $1) returning id`,
    [id, name, accountId],
  );
  return rows.length === 1;
}

export async function saveArchived(tx: EntityManager, id: string, archivedAt: Date | null): Promise<void> {
  await tx.update(BranchTable, { id }, { archivedAt });
}

/** Those of the ids that are branches of the account in use. For the system role. */
export async function findUsable(
  tx: EntityManager,
  accountId: string,
  ids: readonly string[],
): Promise<{ id: string }[]> {
  return await tx.find(BranchTable, {
    select: { id: true },
    where: { accountId, id: Any([...ids]), archivedAt: IsNull() },
  });
}
