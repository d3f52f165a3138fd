    -- Append-only: what was charged is never edited.
    create table event (
      id uuid primary key,
      account_id uuid not null,
      sender_key text not null check (length(sender_key) between 1 and 200),
      tracker_id uuid not null references tracker (id),
      kind text not null check (kind in ('SCAN', 'PRESS', 'FORM')),
      occurred_at timestamptz not null,
      received_at timestamptz not null,
      payer_id uuid not null,
      credits bigint not null check (credits >= 0),
      charge_id uuid not null,
      data jsonb,
      unique (account_id, sender_key)
    );
    create index event_of_tracker on event (tracker_id, occurred_at desc, id desc) include (account_id, payer_id, credits);
    create index event_of_account on event (account_id, occurred_at desc, id desc) include (payer_id, credits);
    create index event_of_payer on event (payer_id, occurred_at desc, id desc) include (account_id, credits);
    grant select on event to comptoir_trackers;
    grant select, insert on event to comptoir_trackers_system;
    alter table event enable row level security;
    create policy seen on event for select to comptoir_trackers using (((
    event.account_id = (select access.viewer_account())
    or (select access.viewer_is_staff())
    or exists (
      select from access.reach r
      where r.holder = (select access.viewer_account()) and r.account = event.account_id
        and r.area = 'TRACKERS' and r.verb = 'READ' and r.valid @> (select access.viewer_now()))
  ) and (coalesce(event.account_id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = event.account_id and not coalesce((select access.viewer_address()) <<= any (n.networks), false)))));
    create policy paid on event for select to comptoir_trackers using (payer_id = (select access.viewer_account()) and (coalesce(event.account_id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = event.account_id and not coalesce((select access.viewer_address()) <<= any (n.networks), false))));
    create policy system on event to comptoir_trackers_system using (true) with check (true);

    -- Events that wait for their charge: never shown, never counted. 'attempt' counts who asked billing, 'refused' who was refused.
    create table intake (
      id uuid primary key,
      account_id uuid not null,
      sender_key text not null,
      tracker_id uuid not null references tracker (id),
      kind text not null,
      occurred_at timestamptz not null,
      timed boolean not null, -- whether the sender named the instant
      payer_id uuid not null,
      credits bigint not null,
      data jsonb,
      received_at timestamptz not null,
      attempt integer not null,
      refused integer not null,
      asked_at timestamptz not null, -- real time, not the installation's clock: it tells the living from the dead
      unique (account_id, sender_key)
    );
    create index stale_intake on intake (asked_at);
    grant select, insert, update (attempt, asked_at) on intake to comptoir_trackers;
    grant select, update (attempt, refused, asked_at), delete on intake to comptoir_trackers_system;
    alter table intake enable row level security;
    create policy seen on intake for select to comptoir_trackers using (((
    intake.account_id = (select access.viewer_account())
    or (select access.viewer_is_staff())
    or exists (
      select from access.reach r
      where r.holder = (select access.viewer_account()) and r.account = intake.account_id
        and r.area = 'TRACKERS' and r.verb = 'WRITE' and r.valid @> (select access.viewer_now()))
  ) and (coalesce(intake.account_id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = intake.account_id and not coalesce((select access.viewer_address()) <<= any (n.networks), false)))));
    create policy added on intake for insert to comptoir_trackers with check (((
    intake.account_id = (select access.viewer_account())
    or (select access.viewer_is_staff())
    or exists (
      select from access.reach r
      where r.holder = (select access.viewer_account()) and r.account = intake.account_id
        and r.area = 'TRACKERS' and r.verb = 'WRITE' and r.valid @> (select access.viewer_now()))
  ) and (coalesce(intake.account_id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = intake.account_id and not coalesce((select access.viewer_address()) <<= any (n.networks), false)))));
    create policy asked on intake for update to comptoir_trackers
      using (((
    intake.account_id = (select access.viewer_account())
    or (select access.viewer_is_staff())
    or exists (
      select from access.reach r
      where r.holder = (select access.viewer_account()) and r.account = intake.account_id
        and r.area = 'TRACKERS' and r.verb = 'WRITE' and r.valid @> (select access.viewer_now()))
  ) and (coalesce(intake.account_id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = intake.account_id and not coalesce((select access.viewer_address()) <<= any (n.networks), false))))) with check (((
    intake.account_id = (select access.viewer_account())
    or (select access.viewer_is_staff())
    or exists (
      select from access.reach r
      where r.holder = (select access.viewer_account()) and r.account = intake.account_id
        and r.area = 'TRACKERS' and r.verb = 'WRITE' and r.valid @> (select access.viewer_now()))
  ) and (coalesce(intake.account_id = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = intake.account_id and not coalesce((select access.viewer_address()) <<= any (n.networks), false)))));
    create policy system on intake to comptoir_trackers_system using (true) with check (true);
