import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { Any, type EntityManager } from 'typeorm';
import { type TrailRow, TrailTable } from './trailTables.ts';

/** Row-level security decides which of them exist for this viewer. */
export async function loadTrailEntries(tx: EntityManager, ids: readonly string[]): Promise<TrailRow[]> {
  return await tx.findBy(TrailTable, { id: Any([...ids]) });
}

export type TrailFilter = { from: Date | null; to: Date | null; userId: string | null; action: string | null };

const OF_ACCOUNT: KeysetList = {
  select: `${columnsOf(TrailTable, 't')}, owner.id as "ofAccount"`,
  from: 'access.trail_account a join access.trail t on t.id = a.trail_id',
  where: `a.account_id = owner.id and ($1::timestamptz is null or a.at >= $1) and ($2::timestamptz is null or a.at < $2)
    and ($3::uuid is null or t.user_id = $3 and ($3 = (select access.viewer_user()) or (select access.viewer_is_staff())
      or t.account_id = (select access.viewer_account()))) and ($4::text is null or t.action = $4)`,
  keys: [
    { by: 'a.at', kind: 'instant' },
    { by: 'a.trail_id', kind: 'id' },
  ],
  descending: true,
};

/**
 * One page per account of its trail, latest first. Anyone who may not see who it was does not find out by asking for
 * one person's rows either.
 */
export async function loadTrailPages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
  { from, to, userId, action }: TrailFilter,
): Promise<(TrailRow & { ofAccount: string })[]> {
  return await loadKeysetPages(tx, OF_ACCOUNT, { owners: accountIds, page, values: [from, to, userId, action] });
}
