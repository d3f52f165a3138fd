  create table branch (
    id uuid primary key,
    account_id uuid not null references account (id),
    name text not null check (name <> '' and length(name) <= 200),
    created_at timestamptz not null,
    archived_at timestamptz,
    unique (account_id, name)
  );
  create index branch_of_account on branch (account_id, name, id);
  grant select, insert, update (name, archived_at) on branch to comptoir_accounts;
  grant select on branch to comptoir_accounts_system;
  alter table branch enable row level security;
  -- Whoever sees trackers or people of an account sees where they belong.
  create policy seen on branch for select to comptoir_accounts using (
    ((
    branch.account_id = (select access.viewer_account())
    or (select access.viewer_is_staff())
    or exists (
      select from access.reach r
      where r.holder = (select access.viewer_account()) and r.account = branch.account_id
        and r.area = 'CONFIGURATION' and r.verb = 'READ' and r.valid @> (select access.viewer_now()))
  ) and (coalesce(branch.account_id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = branch.account_id and not coalesce((select access.viewer_address()) <<= any (n.networks), false)))) or ((
    branch.account_id = (select access.viewer_account())
    or (select access.viewer_is_staff())
    or exists (
      select from access.reach r
      where r.holder = (select access.viewer_account()) and r.account = branch.account_id
        and r.area = 'TRACKERS' and r.verb = 'READ' and r.valid @> (select access.viewer_now()))
  ) and (coalesce(branch.account_id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = branch.account_id and not coalesce((select access.viewer_address()) <<= any (n.networks), false))))
    or ((
    branch.account_id = (select access.viewer_account())
    or (select access.viewer_is_staff())
    or exists (
      select from access.reach r
      where r.holder = (select access.viewer_account()) and r.account = branch.account_id
        and r.area = 'SECURITY' and r.verb = 'READ' and r.valid @> (select access.viewer_now()))
  ) and (coalesce(branch.account_id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = branch.account_id and not coalesce((select access.viewer_address()) <<= any (n.networks), false)))));
  create policy added on branch for insert to comptoir_accounts with check (((
    branch.account_id = (select access.viewer_account())
    or (select access.viewer_is_staff())
    or exists (
      select from access.reach r
      where r.holder = (select access.viewer_account()) and r.account = branch.account_id
        and r.area = 'CONFIGURATION' and r.verb = 'WRITE' and r.valid @> (select access.viewer_now()))
  ) and (coalesce(branch.account_id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = branch.account_id and not coalesce((select access.viewer_address()) <<= any (n.networks), false)))));
  create policy changed on branch for update to comptoir_accounts using (((
    branch.account_id = (select access.viewer_account())
    or (select access.viewer_is_staff())
    or exists (
      select from access.reach r
      where r.holder = (select access.viewer_account()) and r.account = branch.account_id
        and r.area = 'CONFIGURATION' and r.verb = 'WRITE' and r.valid @> (select access.viewer_now()))
  ) and (coalesce(branch.account_id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = branch.account_id and not coalesce((select access.viewer_address()) <<= any (n.networks), false))))) with check (((
    branch.account_id = (select access.viewer_account())
    or (select access.viewer_is_staff())
    or exists (
      select from access.reach r
      where r.holder = (select access.viewer_account()) and r.account = branch.account_id
        and r.area = 'CONFIGURATION' and r.verb = 'WRITE' and r.valid @> (select access.viewer_now()))
  ) and (coalesce(branch.account_id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = branch.account_id and not coalesce((select access.viewer_address()) <<= any (n.networks), false)))));
  create policy within_branches on branch as restrictive to comptoir_accounts
    using (((select access.viewer_branches()) is null or branch.id = any ((select access.viewer_branches())::uuid[]))) with check (((select access.viewer_branches()) is null or branch.id = any ((select access.viewer_branches())::uuid[])));
  create policy system on branch to comptoir_accounts_system using (true) with check (true);
