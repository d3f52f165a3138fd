import type { Sql, Stream } from './seal.ts';

/** The audit trail as it is sealed: every column that says something. */
export const TRAIL: Stream = {
  name: 'trail',
  table: 'access.trail',
  columns: [
    'at',
    'recorded_at',
    'recorded_by',
    'decision',
    'action',
    'step',
    'code',
    'rule',
    'reason',
    'user_id',
    'key_id',
    'session_id',
    'by_service',
    'account_id',
    'actors',
    'accounts',
    'subjects',
    'address',
    'request_id',
  ],
};

/**
 * A row of the trail that is not shown in the trail of every account that it concerns, or is shown elsewhere; null when
 * there is none. Where rows are shown is not sealed, since it follows from them.
 */
export async function findMisplaced(sql: Sql): Promise<string | null> {
  const [row] = await sql(
    `select t.id from access.trail t cross join lateral unnest(t.accounts || t.account_id) as concerned (id)
     where concerned.id is not null
       and not exists (select from access.trail_account a where a.account_id = concerned.id and a.at = t.at and a.trail_id = t.id)
     union all
     select a.trail_id from access.trail_account a left join access.trail t on t.id = a.trail_id
     where t.id is null or a.at <> t.at or not coalesce(a.account_id = any (t.accounts || t.account_id), false)
     limit 1`,
  );
  return row === undefined ? null : (row.id as string);
}
