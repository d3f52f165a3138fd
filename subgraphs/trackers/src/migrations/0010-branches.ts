import { migration } from '@comptoir/shared/database/migration.ts';
import { inScope, withinBranches } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_trackers';
const unlimited = '(select access.viewer_branches()) is null';
/** The tracker of a row is there for the viewer: its own policies decide, branch included. */
const ofVisibleTracker = (trackerId: string): string => `exists (select from tracker t where t.id = ${trackerId})`;

/** Trackers belong to sites (G12), and with them their events and take-overs, for whoever is limited to sites. */
export const branches = migration(
  10,
  'Branches',
  `
  -- The site that it belongs to, by the id that accounts gave it.
  alter table tracker add column branch_id uuid;
  create index tracker_of_branch on tracker (account_id, branch_id, created_at, id) where branch_id is not null;
  grant update (branch_id) on tracker to ${request};
  create policy within_branches on tracker as restrictive to ${request}
    using (${withinBranches('tracker.branch_id')}) with check (${withinBranches('tracker.branch_id')});

  create policy within_branches on event as restrictive for select to ${request}
    using (${unlimited} or ${ofVisibleTracker('event.tracker_id')});
  -- With the owner's rights, because the policy of trackers looks at delegation_tracker: each would ask the other for ever.
  create function tracker_in_branches(tracker_id uuid, branches uuid[]) returns boolean
    language sql stable security definer set search_path = pg_catalog, pg_temp
  begin atomic
    select exists (select from tracker t where t.id = tracker_id and t.branch_id = any (branches));
  end;
  revoke all on function tracker_in_branches(uuid, uuid[]) from public;
  grant execute on function tracker_in_branches(uuid, uuid[]) to ${request};
  create policy within_branches on delegation_tracker as restrictive to ${request}
    using (${unlimited} or tracker_in_branches(delegation_tracker.tracker_id, (select access.viewer_branches())))
    with check (${unlimited} or tracker_in_branches(delegation_tracker.tracker_id, (select access.viewer_branches())));

  -- A take-over is the account's: whoever is limited to sites sees on each tracker of theirs whether it is in one, and takes no step in it.
  create policy offered_by_unlimited on delegation as restrictive for insert to ${request} with check (${unlimited});
  create policy stepped_by_unlimited on delegation as restrictive for update to ${request} using (${unlimited}) with check (${unlimited});
  create function delegation_has_tracker(delegation uuid, branches uuid[]) returns boolean
    language sql stable security definer set search_path = pg_catalog, pg_temp
  begin atomic
    select exists (
      select from delegation_tracker d join tracker t on t.id = d.tracker_id
      where d.delegation_id = delegation and t.branch_id = any (branches));
  end;
  revoke all on function delegation_has_tracker(uuid, uuid[]) from public;
  grant execute on function delegation_has_tracker(uuid, uuid[]) to ${request};
  create policy within_branches on delegation as restrictive for select to ${request}
    using (${unlimited} or delegation_has_tracker(delegation.id, (select access.viewer_branches())));

  -- Event ids are unique in the whole account, so whoever is limited to sites must be told that one is used in another (EVENT_ID_REUSED), and
  -- nothing else of it. Within the caller's accounts, past their sites.
  create function known_events(accounts uuid[], keys text[])
    returns table (id uuid, account_id uuid, sender_key text, tracker_id uuid, occurred_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp
  begin atomic
    select e.id, e.account_id, e.sender_key, e.tracker_id, e.occurred_at
    from unnest(accounts, keys) as a (account_id, sender_key)
    join event e on e.account_id = a.account_id and e.sender_key = a.sender_key
    where ${inScope('e.account_id', 'TRACKERS', 'WRITE')};
  end;
  revoke all on function known_events(uuid[], text[]) from public;
  grant execute on function known_events(uuid[], text[]) to ${request};
  `,
);
