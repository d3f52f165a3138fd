import { migration } from '@comptoir/shared/database/migration.ts';

/** Where a tracker belonged at any instant (N08): who is limited to branches reached it by that (G12). */
export const trackerPlaces = migration(
  340,
  'TrackerPlaces',
  `
  -- A row for each time that a tracker belonged to a branch, kept by triggers; at an instant without one it belonged to none. What was before this migration is not known, and is told
  -- like none: that opens it to nobody who is limited.
  create table tracker_place (
    tracker_id uuid not null references tracker (id),
    branch_id uuid not null,
    valid tstzrange not null check (not isempty(valid)),
    primary key (tracker_id, valid without overlaps)
  );
  grant select on tracker_place to comptoir_trackers_system;
  alter table tracker_place enable row level security;
  create policy system on tracker_place to comptoir_trackers_system using (true) with check (true);

  create function tracker_place_kept() returns trigger language plpgsql security definer set search_path from current as $$
  declare
    at timestamptz := access.instant();
  begin
    if tg_op = 'UPDATE' and old.branch_id is not null then
      -- Twice at one instant, or by clocks that are a little apart: the later word holds.
      delete from tracker_place p where p.tracker_id = new.id and upper_inf(p.valid) and lower(p.valid) >= at returning lower(p.valid) into at;
      at := coalesce(at, access.instant());
      update tracker_place p set valid = tstzrange(lower(p.valid), at) where p.tracker_id = new.id and upper_inf(p.valid);
    end if;
    if new.branch_id is not null then
      insert into tracker_place (tracker_id, branch_id, valid) values (new.id, new.branch_id, tstzrange(at, null));
    end if;
    return null;
  end $$;
  create trigger place_added after insert on tracker for each row when (new.branch_id is not null) execute function tracker_place_kept();
  create trigger place_changed after update of branch_id on tracker
    for each row when (new.branch_id is distinct from old.branch_id) execute function tracker_place_kept();
  insert into tracker_place (tracker_id, branch_id, valid) select t.id, t.branch_id, tstzrange(access.instant(), null) from tracker t where t.branch_id is not null;
  `,
);
