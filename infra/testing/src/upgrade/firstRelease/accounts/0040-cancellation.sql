  alter table account
    add column status text not null default 'ACTIVE' check (status in ('ACTIVE', 'CANCELLED')),
    add column cancelled_at timestamptz,
    add check ((status = 'CANCELLED') = (cancelled_at is not null));
  create policy managed on account for update to comptoir_accounts
    using (((
    account.id = (select access.viewer_account())
    or (select access.viewer_is_staff())
    or exists (
      select from access.reach r
      where r.holder = (select access.viewer_account()) and r.account = account.id
        and r.area = 'PROVISIONING' and r.verb = 'WRITE' and r.valid @> (select access.viewer_now()))
  ) and (coalesce(account.id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = account.id and not coalesce((select access.viewer_address()) <<= any (n.networks), false))))) with check (((
    account.id = (select access.viewer_account())
    or (select access.viewer_is_staff())
    or exists (
      select from access.reach r
      where r.holder = (select access.viewer_account()) and r.account = account.id
        and r.area = 'PROVISIONING' and r.verb = 'WRITE' and r.valid @> (select access.viewer_now()))
  ) and (coalesce(account.id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = account.id and not coalesce((select access.viewer_address()) <<= any (n.networks), false)))));
