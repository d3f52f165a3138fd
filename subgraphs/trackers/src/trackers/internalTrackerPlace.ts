import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { reaches } from '@comptoir/shared/database/rowScope.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { QueryResolvers } from '../../generated/graphql.ts';
import { TrackerTable } from './trackerTables.ts';

/**
 * Now, or as it was at $2: the branch, and the partner to which an offer or a take-over showed it, as long as it was
 * the client's partner. All instants are half-open: at the one of a change the new state holds.
 */
const PLACE = `
  select ${columnsOf(TrackerTable, 't', ['accountId'])},
    case when $2::timestamptz is null then t.branch_id
      else (select p.branch_id from tracker_place p where p.tracker_id = t.id and p.valid @> $2) end as "branchId",
    (select d.partner_id from delegation_tracker l join delegation d on d.id = l.delegation_id
     where l.tracker_id = t.id
       and case when $2 is null then l.open else d.offered_at <= $2
         and coalesce(case when d.status = 'ENDED' then d.ended_at when d.status in ('REFUSED', 'WITHDRAWN') then d.answered_at end > $2, true) end
       and ${reaches('d.partner_id', 't.account_id', 'LINK', 'READ', 'coalesce($2, $3::timestamptz)')}
     limit 1) as "payerId"
  from tracker t where t.id = $1 and ($2 is null or t.created_at <= $2)`;

export const internalTrackerPlace: QueryResolvers['internalTrackerPlace'] = async (_root, args, ctx) => {
  const id = readId(args.id);
  if (id === null) return null;
  const [row] = await ctx.system('where a tracker belongs', (tx) => tx.query(PLACE, [id, args.at ?? null, ctx.now]));
  return row ?? null;
};
