import { migration } from '@comptoir/shared/database/migration.ts';
import { admitted, inScope } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_trackers';
const system = 'comptoir_trackers_system';
const viewer = '(select access.viewer_account())';

/** Events, and those that wait for their charge. */
export const events = migration(
  2,
  'Events',
  `
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
  grant select on event to ${request};
  grant select, insert on event to ${system};
  alter table event enable row level security;
  create policy seen on event for select to ${request} using (${inScope('event.account_id', 'TRACKERS', 'READ')});
  create policy paid on event for select to ${request} using (payer_id = ${viewer} and ${admitted('event.account_id')});
  create policy system on event to ${system} using (true) with check (true);

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
  grant select, insert, update (attempt, asked_at) on intake to ${request};
  grant select, update (attempt, refused, asked_at), delete on intake to ${system};
  alter table intake enable row level security;
  create policy seen on intake for select to ${request} using (${inScope('intake.account_id', 'TRACKERS', 'WRITE')});
  create policy added on intake for insert to ${request} with check (${inScope('intake.account_id', 'TRACKERS', 'WRITE')});
  create policy asked on intake for update to ${request}
    using (${inScope('intake.account_id', 'TRACKERS', 'WRITE')}) with check (${inScope('intake.account_id', 'TRACKERS', 'WRITE')});
  create policy system on intake to ${system} using (true) with check (true);
  `,
);
