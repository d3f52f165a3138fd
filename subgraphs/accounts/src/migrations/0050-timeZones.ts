import { migration } from '@comptoir/shared/database/migration.ts';

/** Where an account's days begin (A18). */
export const timeZones = migration(
  50,
  'TimeZones',
  `
  alter table account add column time_zone text not null default 'UTC' check (length(time_zone) between 1 and 60);

  -- access.account_zone follows the account in the same commit; an account that never chose has no row there.
  create function account_zone() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
  begin
    insert into access.account_zone (account, time_zone) values (new.id, new.time_zone)
    on conflict (account) do update set time_zone = excluded.time_zone;
    return null;
  end $$;
  create trigger account_zone after update of time_zone on account
    for each row when (new.time_zone is distinct from old.time_zone) execute function account_zone();
  `,
);
