import { migration } from '@comptoir/shared/database/migration.ts';

/** A client may require a second factor of its partner's people (N25). */
export const secondFactors = migration(
  321,
  'SecondFactors',
  `
  alter table partnership add column second_factor_required boolean not null default false;

  -- As before; and what is required stands with what is open. A change of it begins a new period, so that the past can be asked. Of the bare link nothing is required, and its period stays
  -- whole: a take-over looks for the very partnership under which it was accepted.
  create or replace function partnership_reach() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
  declare
    at timestamptz := access.instant();
    closed record;
  begin
    if new.status = 'ACTIVE' and old.status <> 'ACTIVE' then
      insert into access.reach (holder, account, area, verb, valid, partnership_id, second_factor)
      select new.partner_id, new.client_id, area, verb, tstzrange(new.answered_at, null), new.id, area <> 'LINK' and new.second_factor_required
      from (
        select 'LINK' as area, 'READ' as verb
        union select split_part(g, ':', 1), 'READ' from unnest(new.granted_areas) g
        union select split_part(g, ':', 1), 'WRITE' from unnest(new.granted_areas) g where split_part(g, ':', 2) = 'WRITE'
      ) as opened;
    elsif old.status = 'ACTIVE' and new.status <> 'ACTIVE' then
      delete from access.reach where partnership_id = new.id and lower(valid) >= new.ended_at;
      update access.reach set valid = tstzrange(lower(valid), new.ended_at) where partnership_id = new.id and upper_inf(valid);
    elsif new.status = 'ACTIVE' and new.second_factor_required <> old.second_factor_required then
      update access.reach set second_factor = new.second_factor_required
      where partnership_id = new.id and upper_inf(valid) and area <> 'LINK' and lower(valid) >= at;
      for closed in
        update access.reach set valid = tstzrange(lower(valid), at)
        where partnership_id = new.id and upper_inf(valid) and area <> 'LINK' and lower(valid) < at
        returning holder, account, area, verb
      loop
        insert into access.reach (holder, account, area, verb, valid, partnership_id, second_factor)
        values (closed.holder, closed.account, closed.area, closed.verb, tstzrange(at, null), new.id, new.second_factor_required);
      end loop;
    end if;
    return null;
  end $$;
  `,
);
