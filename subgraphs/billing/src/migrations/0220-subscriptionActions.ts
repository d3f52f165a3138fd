import { migration } from '@comptoir/shared/database/migration.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_billing';

/** True when profiles of an account may pay for another one, as `mayPay` says. */
const pays = (payer: string, account: string): string => `
      coalesce(${payer} = ${account} or exists (
        select from access.reach r
        where r.holder = ${payer} and r.account = ${account} and r.area = 'BILLING' and r.verb = 'WRITE' and r.valid @> access.viewer_now()), false)`;

/**
 * What decides over the actions of subscriptions and stands in rows that the caller may not see: of who pays, of a
 * quote that is being paid for, of the account's end. Told as yes or no, of subscriptions that the caller sees; the
 * mutations answer as much.
 */
export const subscriptionActions = migration(
  220,
  'SubscriptionActions',
  `
  create function subscription_standing(ids uuid[]) returns table (
    id uuid, writable boolean, change_paying boolean, account_cancelled boolean,
    payer_writable boolean, payer_may_pay boolean, profile_there boolean, cycle_payer_writable boolean, cycle_profile_there boolean, own_may_pay boolean)
    language sql stable security definer set search_path from current
  begin atomic
    select s.id,
      ${inScope('s.account_id', 'BILLING', 'WRITE')},
      exists (select from quote q where q.account_id = s.account_id and q.state = 'PAYING' and starts_with(q.kind, 'SUBSCRIPTION_')),
      exists (select from access.account_cancelled c where c.account = s.account_id),
      coalesce(${inScope('s.payer_id', 'BILLING', 'WRITE')}, false),
      ${pays('s.payer_id', 's.account_id')},
      -- A profile that was deleted since pays nothing, and stands in nobody's way.
      chosen.id is not null and chosen.deleted_at is null,
      coalesce(${inScope('cycle.account_id', 'BILLING', 'WRITE')}, false),
      cycle.id is not null and cycle.deleted_at is null,
      ${pays('access.viewer_account()', 's.account_id')}
    from subscription s
    left join billing_profile chosen on chosen.id = s.profile_id
    left join billing_profile cycle on cycle.id = s.cycle_profile_id
    where s.id = any (ids) and ${inScope('s.account_id', 'BILLING', 'READ')};
  end;
  revoke all on function subscription_standing(uuid[]) from public;
  grant execute on function subscription_standing(uuid[]) to ${request};
  `,
);
