import { migration } from '@comptoir/shared/database/migration.ts';
import { admitted, inScope } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_accounts';
const system = 'comptoir_accounts_system';

/** Accounts, partnerships, and what partnerships open. */
export const accounts = migration(
  1,
  'Accounts',
  `
  create table account (
    id uuid primary key,
    kind text not null check (kind in ('PROVIDER', 'PARTNER', 'CLIENT')),
    name text not null check (name <> '' and length(name) <= 200),
    created_at timestamptz not null
  );
  create unique index one_provider on account (kind) where kind = 'PROVIDER';
  create index account_by_name on account (name, id);

  create table partnership (
    id uuid primary key,
    partner_id uuid not null references account (id),
    -- No foreign key: a request must not tell whether the account exists.
    client_id uuid not null check (client_id <> partner_id),
    status text not null check (status in ('REQUESTED', 'ACTIVE', 'REFUSED', 'WITHDRAWN', 'ENDED')),
    asked_areas text[] not null check (cardinality(asked_areas) > 0),
    granted_areas text[] not null,
    message text check (length(message) <= 1000),
    requested_by uuid not null,
    requested_at timestamptz not null,
    answered_by uuid,
    answered_at timestamptz,
    ended_by uuid,
    ended_at timestamptz
  );
  create unique index one_current_partnership on partnership (partner_id, client_id) where status in ('REQUESTED', 'ACTIVE');
  create index partnership_of_partner on partnership (partner_id, requested_at desc, id desc);
  create index partnership_of_client on partnership (client_id, requested_at desc, id desc);

  -- access.reach follows the partnership in the same commit: opened by ACTIVE, its period closed by ENDED. LINK is the bare fact.
  create function partnership_reach() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
  begin
    if new.status = 'ACTIVE' and old.status <> 'ACTIVE' then
      insert into access.reach (holder, account, area, verb, valid, partnership_id)
      select new.partner_id, new.client_id, area, verb, tstzrange(new.answered_at, null), new.id
      from (
        select 'LINK' as area, 'READ' as verb
        union select split_part(g, ':', 1), 'READ' from unnest(new.granted_areas) g
        union select split_part(g, ':', 1), 'WRITE' from unnest(new.granted_areas) g where split_part(g, ':', 2) = 'WRITE'
      ) as opened;
    elsif old.status = 'ACTIVE' and new.status <> 'ACTIVE' then
      delete from access.reach where partnership_id = new.id and lower(valid) >= new.ended_at;
      update access.reach set valid = tstzrange(lower(valid), new.ended_at) where partnership_id = new.id and upper_inf(valid);
    end if;
    return null;
  end $$;
  create trigger partnership_reach after update on partnership for each row execute function partnership_reach();

  grant select, insert, update on account, partnership to ${request}, ${system};

  alter table partnership enable row level security;
  create policy seen on partnership for select to ${request} using (
    partner_id = (select access.viewer_account())
    or (client_id = (select access.viewer_account()) and ${admitted('partnership.client_id')})
    or (select access.viewer_is_staff()));
  create policy asked on partnership for insert to ${request} with check (
    status = 'REQUESTED' and (partner_id = (select access.viewer_account()) or (select access.viewer_is_staff())));
  create policy stepped on partnership for update to ${request} using (
    partner_id = (select access.viewer_account()) or client_id = (select access.viewer_account()))
    with check (partner_id = (select access.viewer_account()) or client_id = (select access.viewer_account()));
  create policy system on partnership to ${system} using (true) with check (true);

  alter table account enable row level security;
  create policy seen on account for select to ${request} using (
    ${inScope('account.id', 'LINK', 'READ')}
    -- A client sees who asks to be its partner, and who is or was.
    or exists (
      select from partnership p
      where p.partner_id = account.id and p.client_id = (select access.viewer_account()) and p.status in ('REQUESTED', 'ACTIVE', 'ENDED')));
  create policy changed on account for update to ${request}
    using (account.id = (select access.viewer_account()) or (select access.viewer_is_staff()))
    with check (account.id = (select access.viewer_account()) or (select access.viewer_is_staff()));
  create policy system on account to ${system} using (true) with check (true);
  `,
);
