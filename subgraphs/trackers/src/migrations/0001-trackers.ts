import { migration } from '@comptoir/shared/database/migration.ts';
import { accountPolicies, admitted } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_trackers';
const system = 'comptoir_trackers_system';
const viewer = '(select access.viewer_account())';
const staff = '(select access.viewer_is_staff())';

/** Trackers, take-overs of them, and who pays for each at each instant. */
export const trackers = migration(
  1,
  'Trackers',
  `
  create table tracker (
    id uuid primary key,
    account_id uuid not null,
    kind text not null check (kind in ('QR_CODE', 'SECURE_KEY', 'BUTTON')),
    name text not null check (length(name) between 1 and 200),
    status text not null check (status in ('ACTIVE', 'INACTIVE')),
    created_by uuid not null,
    created_at timestamptz not null,
    activated_at timestamptz
  );
  create index tracker_of_account on tracker (account_id, created_at, id);
  grant select, insert, update (name, status, activated_at) on tracker to ${request};
  grant select on tracker to ${system};
  ${accountPolicies('tracker', request, 'TRACKERS')}

  create table delegation (
    id uuid primary key,
    client_id uuid not null,
    partner_id uuid not null check (partner_id <> client_id),
    status text not null check (status in ('OFFERED', 'ACTIVE', 'REFUSED', 'WITHDRAWN', 'ENDED')),
    offered_by uuid not null,
    offered_at timestamptz not null,
    answered_by uuid,
    answered_at timestamptz,
    ended_by uuid,
    ended_by_account uuid, -- null when the end of the partnership ended it
    ended_at timestamptz,
    check ((status in ('ACTIVE', 'REFUSED', 'WITHDRAWN', 'ENDED')) = (answered_at is not null)),
    check ((status = 'ENDED') = (ended_at is not null))
  );
  create index delegation_of_client on delegation (client_id, offered_at desc, id desc);
  create index delegation_of_partner on delegation (partner_id, offered_at desc, id desc);
  create index active_delegation on delegation (id) where status = 'ACTIVE';
  grant select, insert, update (status, answered_by, answered_at, ended_by, ended_by_account, ended_at) on delegation to ${request};
  grant select, update (status, ended_at) on delegation to ${system};
  alter table delegation enable row level security;
  create policy seen on delegation for select to ${request} using (
    partner_id = ${viewer} or (client_id = ${viewer} and ${admitted('delegation.client_id')}) or ${staff});
  create policy offered on delegation for insert to ${request} with check (status = 'OFFERED' and client_id = ${viewer});
  create policy stepped on delegation for update to ${request}
    using (partner_id = ${viewer} or client_id = ${viewer}) with check (partner_id = ${viewer} or client_id = ${viewer});
  create policy system on delegation to ${system} using (true) with check (true);

  -- Both sides stand here too, so that policies need no join; 'open' says that the delegation is OFFERED or ACTIVE.
  create table delegation_tracker (
    delegation_id uuid not null references delegation (id),
    tracker_id uuid not null references tracker (id),
    client_id uuid not null,
    partner_id uuid not null,
    open boolean not null,
    primary key (delegation_id, tracker_id)
  );
  create unique index one_open_delegation on delegation_tracker (tracker_id) where open;
  create index delegated_fleet on delegation_tracker (partner_id, tracker_id) where open;
  grant select, insert, update (open) on delegation_tracker to ${request};
  grant select, update (open) on delegation_tracker to ${system};
  alter table delegation_tracker enable row level security;
  create policy seen on delegation_tracker for select to ${request} using (
    partner_id = ${viewer} or (client_id = ${viewer} and ${admitted('delegation_tracker.client_id')}) or ${staff});
  create policy offered on delegation_tracker for insert to ${request} with check (client_id = ${viewer});
  create policy stepped on delegation_tracker for update to ${request}
    using (partner_id = ${viewer} or client_id = ${viewer}) with check (partner_id = ${viewer} or client_id = ${viewer});
  create policy system on delegation_tracker to ${system} using (true) with check (true);

  -- A partner sees the trackers that it is offered or has taken over, for reading, while it is the client's partner.
  create policy delegated on tracker for select to ${request} using (
    exists (select from delegation_tracker d where d.tracker_id = tracker.id and d.open and d.partner_id = ${viewer})
    and exists (
      select from access.reach r
      where r.holder = ${viewer} and r.account = tracker.account_id and r.area = 'LINK' and r.verb = 'READ'
        and r.valid @> (select access.viewer_now()))
    and ${admitted('tracker.account_id')});

  -- Who pays for a tracker when it is not its owner. Never deleted: an event that comes late finds who paid at its instant.
  create table payer_span (
    tracker_id uuid not null references tracker (id),
    payer_id uuid not null,
    owner_id uuid not null check (owner_id <> payer_id),
    delegation_id uuid not null references delegation (id),
    valid tstzrange not null,
    primary key (tracker_id, valid without overlaps)
  );
  create index payer_span_of_delegation on payer_span (delegation_id);
  grant select, insert, update (valid) on payer_span to ${request};
  grant select, update (valid) on payer_span to ${system};
  alter table payer_span enable row level security;
  create policy seen on payer_span for select to ${request} using (payer_id = ${viewer} or owner_id = ${viewer} or ${staff});
  create policy opened on payer_span for insert to ${request} with check (payer_id = ${viewer});
  create policy closed on payer_span for update to ${request}
    using (payer_id = ${viewer} or owner_id = ${viewer}) with check (payer_id = ${viewer} or owner_id = ${viewer});
  create policy system on payer_span to ${system} using (true) with check (true);

  -- Who pays for an event of each tracker at each instant; the only place that knows. A take-over counts while the very partnership
  -- under which it was accepted holds: a new one with the same partner does not revive it. With the owner's rights, because a partner that
  -- looks after a client's trackers may not see the client's other partners, and yet its events must find the right payer.
  create function payers_at(trackers uuid[], instants timestamptz[])
    returns table (ord bigint, tracker_id uuid, payer_id uuid)
    language sql stable security definer set search_path = pg_catalog, pg_temp
  begin atomic
    select asked.ord, asked.tracker_id, coalesce(span.payer_id, t.account_id)
    from unnest(trackers, instants) with ordinality as asked (tracker_id, at, ord)
    join tracker t on t.id = asked.tracker_id
    left join lateral (
      select s.payer_id from payer_span s
      where s.tracker_id = asked.tracker_id and s.valid @> asked.at
        -- Not exists: the planner would turn that into a join, and read all of reach for a page of trackers.
        and (
          select true from access.reach r
          where r.holder = s.payer_id and r.account = s.owner_id and r.area = 'LINK' and r.verb = 'READ'
            and r.valid @> lower(s.valid) and r.valid @> asked.at
          limit 1)
    ) as span on true;
  end;
  revoke all on function payers_at(uuid[], timestamptz[]) from public;
  grant execute on function payers_at(uuid[], timestamptz[]) to ${request}, ${system};
  `,
);
