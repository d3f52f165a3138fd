import { readId } from '@comptoir/shared/uuid.ts';
import type { QueryResolvers } from '../../generated/graphql.ts';

export const internalTrackerPlace: QueryResolvers['internalTrackerPlace'] = async (_root, args, ctx) => {
  const id = readId(args.id);
  if (id === null) return null;
  const [row] = await ctx.system('where a tracker belongs', (tx) =>
    tx.query(
      `select t.account_id as "accountId", t.branch_id as "branchId", d.partner_id as "payerId"
       from tracker t left join delegation_tracker d on d.tracker_id = t.id and d.open where t.id = $1`,
      [id],
    ),
  );
  return row ?? null;
};
