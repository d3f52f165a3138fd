    -- The key whose request recorded the event; null when it was a person's, or a key's without a budget.
    alter table charge add column key_id uuid;
    create index charge_of_key on charge (key_id) where key_id is not null;

    -- What events recorded by a key with a budget have consumed (N11). It moves in the transaction of the charges; the budget itself comes with the
    -- call, as identity knew it a moment ago.
    create table key_consumption (
      key_id uuid primary key,
      account_id uuid not null,
      consumed bigint not null check (consumed >= 0)
    );
    grant select on key_consumption to comptoir_billing, comptoir_billing_system;
    grant insert, update (consumed) on key_consumption to comptoir_billing_system;
    alter table key_consumption enable row level security;
    create policy seen on key_consumption for select to comptoir_billing using (
      account_id = (select access.viewer_account()) and (coalesce(key_consumption.account_id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = key_consumption.account_id and not coalesce((select access.viewer_address()) <<= any (n.networks), false))));
    create policy staff on key_consumption for select to comptoir_billing using ((select access.viewer_is_staff()));
    create policy system on key_consumption to comptoir_billing_system using (true) with check (true);
