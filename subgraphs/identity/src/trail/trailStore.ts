import type { TrailDecision } from '@comptoir/shared/audit/trail.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { Actor } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';

/** A row of the trail, as it was written. */
export type TrailRow = {
  id: string;
  at: Date;
  decision: TrailDecision;
  action: string;
  step: string | null;
  code: string | null;
  rule: string | null;
  reason: string | null;
  userId: string | null;
  keyId: string | null;
  byService: string | null;
  /** The account acted for. */
  accountId: string | null;
  actors: Actor[];
  subjects: string[];
  address: string | null;
  requestId: string;
};

const TRAIL = `t.id, t.at, t.decision, t.action, t.step, t.code, t.rule, t.reason, t.user_id as "userId", t.key_id as "keyId", t.by_service as "byService",
  t.account_id as "accountId", t.actors, t.subjects, host(t.address) as address, t.request_id as "requestId"`;

/** Row-level security decides which of them exist for this viewer. */
export async function loadTrailEntries(tx: EntityManager, ids: readonly string[]): Promise<TrailRow[]> {
  return await tx.query(`select ${TRAIL} from access.trail t where t.id = any($1)`, [ids]);
}

export type TrailFilter = { from: Date | null; to: Date | null; userId: string | null; action: string | null };

/** One page per account of its trail, latest first. Whoever may not see who it was does not find out by asking for one person's rows either. */
export async function loadTrailPages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
  { from, to, userId, action }: TrailFilter,
): Promise<(TrailRow & { ofAccount: string })[]> {
  const [at, id] = page.after ?? [null, null];
  return await tx.query(
    `select found.*, account.id as "ofAccount"
     from unnest($1::uuid[]) as account (id)
     cross join lateral (
       select ${TRAIL}
       from access.trail_account a join access.trail t on t.id = a.trail_id
       where a.account_id = account.id and ($2::timestamptz is null or (a.at, a.trail_id) < ($2, $3::uuid))
         and ($5::timestamptz is null or a.at >= $5) and ($6::timestamptz is null or a.at < $6)
         and ($7::uuid is null or t.user_id = $7 and ($7 = (select access.viewer_user()) or (select access.viewer_is_staff())
           or t.account_id = (select access.viewer_account()))) and ($8::text is null or t.action = $8)
       order by a.at desc, a.trail_id desc
       limit $4
     ) as found`,
    [accountIds, at, id, page.first + 1, from, to, userId, action],
  );
}
