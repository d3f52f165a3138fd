  create function subscription_standing(ids uuid[]) returns table (
    id uuid, writable boolean, change_paying boolean, account_cancelled boolean,
    payer_writable boolean, payer_may_pay boolean, profile_there boolean, cycle_payer_writable boolean, cycle_profile_there boolean, own_may_pay boolean)
    language sql stable security definer set search_path from current
  begin atomic
    select s.id,
      ((
    s.account_id = (select access.viewer_account())
    or (select access.viewer_is_staff())
    or exists (
      select from access.reach r
      where r.holder = (select access.viewer_account()) and r.account = s.account_id
        and r.area = 'BILLING' and r.verb = 'WRITE' and r.valid @> (select access.viewer_now()))
  ) and (coalesce(s.account_id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = s.account_id and not coalesce((select access.viewer_address()) <<= any (n.networks), false)))),
      exists (select from quote q where q.account_id = s.account_id and q.state = 'PAYING' and starts_with(q.kind, 'SUBSCRIPTION_')),
      exists (select from access.account_cancelled c where c.account = s.account_id),
      coalesce(((
    s.payer_id = (select access.viewer_account())
    or (select access.viewer_is_staff())
    or exists (
      select from access.reach r
      where r.holder = (select access.viewer_account()) and r.account = s.payer_id
        and r.area = 'BILLING' and r.verb = 'WRITE' and r.valid @> (select access.viewer_now()))
  ) and (coalesce(s.payer_id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = s.payer_id and not coalesce((select access.viewer_address()) <<= any (n.networks), false)))), false),

      coalesce(s.payer_id = s.account_id or exists (
        select from access.reach r
        where r.holder = s.payer_id and r.account = s.account_id and r.area = 'BILLING' and r.verb = 'WRITE' and r.valid @> access.viewer_now()), false),
      -- A profile that was deleted since pays nothing, and stands in nobody's way.
      chosen.id is not null and chosen.deleted_at is null,
      coalesce(((
    cycle.account_id = (select access.viewer_account())
    or (select access.viewer_is_staff())
    or exists (
      select from access.reach r
      where r.holder = (select access.viewer_account()) and r.account = cycle.account_id
        and r.area = 'BILLING' and r.verb = 'WRITE' and r.valid @> (select access.viewer_now()))
  ) and (coalesce(cycle.account_id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = cycle.account_id and not coalesce((select access.viewer_address()) <<= any (n.networks), false)))), false),
      cycle.id is not null and cycle.deleted_at is null,

      coalesce(access.viewer_account() = s.account_id or exists (
        select from access.reach r
        where r.holder = access.viewer_account() and r.account = s.account_id and r.area = 'BILLING' and r.verb = 'WRITE' and r.valid @> access.viewer_now()), false)
    from subscription s
    left join billing_profile chosen on chosen.id = s.profile_id
    left join billing_profile cycle on cycle.id = s.cycle_profile_id
    where s.id = any (ids) and ((
    s.account_id = (select access.viewer_account())
    or (select access.viewer_is_staff())
    or exists (
      select from access.reach r
      where r.holder = (select access.viewer_account()) and r.account = s.account_id
        and r.area = 'BILLING' and r.verb = 'READ' and r.valid @> (select access.viewer_now()))
  ) and (coalesce(s.account_id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = s.account_id and not coalesce((select access.viewer_address()) <<= any (n.networks), false))));
  end;
  revoke all on function subscription_standing(uuid[]) from public;
  grant execute on function subscription_standing(uuid[]) to comptoir_billing;
