import { migration } from '@comptoir/shared/database/migration.ts';
import { accountPolicies, inScope, withinBranches } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_identity';
const system = 'comptoir_identity_system';
const user = '(select access.viewer_user())';
const unlimited = '(select access.viewer_branches()) is null';
const ownBranches = '(select access.viewer_branches())::uuid[]';

/** Contact cards, invitations, branches of members. */
export const people = migration(
  10,
  'People',
  `
  -- A card of somebody whom the account knows (G04). It gives no access (G06).
  create table contact (
    id uuid primary key,
    account_id uuid not null,
    -- The site that it belongs to (G12), by the id that accounts gave it.
    branch_id uuid,
    name text not null check (name <> '' and length(name) <= 200),
    type text not null check (type in ('MAIN', 'BILLING', 'TECHNICAL', 'SALES', 'OTHER')),
    newsletter boolean not null,
    title text check (title <> '' and length(title) <= 200),
    email text check (email = lower(email) and length(email) between 3 and 254),
    phone text check (phone <> '' and length(phone) <= 40),
    mobile text check (mobile <> '' and length(mobile) <= 40),
    language text check (language in ('EN', 'FR')),
    note text check (note <> '' and length(note) <= 2000),
    created_by uuid not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
  );
  create index contact_of_account on contact (account_id, name, id);
  grant select, insert, delete, update (branch_id, name, type, newsletter, title, email, phone, mobile, language, note, updated_at)
    on contact to ${request};
  grant select on contact to ${system};
  ${accountPolicies('contact', request, 'OTHER')}
  create policy removed on contact for delete to ${request} using (${inScope('contact.account_id', 'OTHER', 'WRITE')});
  create policy within_branches on contact as restrictive to ${request}
    using (${withinBranches('contact.branch_id')}) with check (${withinBranches('contact.branch_id')});

  alter table membership
    -- Sites that this member is limited to (G12); null is no limit.
    add column branches uuid[] check (cardinality(branches) between 1 and 100),
    -- The card that access was given to.
    add column contact_id uuid references contact (id) on delete set null,
    -- When this person first accepted. Until then the account learns nothing of the person but the address that it wrote itself.
    add column accepted_at timestamptz,
    drop constraint membership_status_check,
    add constraint membership_status_check
      check (status in ('PENDING', 'INVITATION_SENT', 'REJECTED', 'WITHDRAWN', 'ACTIVE', 'INACTIVE', 'REMOVED'));
  update membership set accepted_at = created_at;
  alter table membership add constraint active_was_accepted
    check (status not in ('ACTIVE', 'INACTIVE') or accepted_at is not null);
  create index membership_of_contact on membership (contact_id) where contact_id is not null;
  create index membership_by_creation on membership (created_at desc, id desc);
  create index active_owners on membership (account_id) where role = 'OWNER' and status = 'ACTIVE';
  grant insert, update (type, role, areas, status, branches, contact_id, networks) on membership to ${request};
  -- Whoever is limited to sites meets the members of those sites, and touches those who are nowhere else.
  create policy seen_within_branches on membership as restrictive for select to ${request}
    using (${unlimited} or user_id = ${user} or branches && ${ownBranches});
  create policy added_within_branches on membership as restrictive for insert to ${request}
    with check (${unlimited} or branches <@ ${ownBranches});
  -- A request invites; only the person who was invited makes a membership active for the first time (the system role writes accepted_at).
  create policy added_by_invitation on membership as restrictive for insert to ${request} with check (status = 'PENDING' and accepted_at is null);
  create policy changed_within_branches on membership as restrictive for update to ${request}
    using (${unlimited} or branches <@ ${ownBranches}) with check (${unlimited} or branches <@ ${ownBranches});
  create policy within_branches on api_key as restrictive to ${request}
    using (${unlimited} or user_id = ${user} or exists (
      select from membership m where m.user_id = api_key.user_id and m.account_id = api_key.account_id))
    with check (${unlimited} or user_id = ${user} or exists (
      select from membership m where m.user_id = api_key.user_id and m.account_id = api_key.account_id));

  create table invitation (
    id uuid primary key,
    account_id uuid not null,
    membership_id uuid not null references membership (id),
    user_id uuid not null references app_user (id),
    -- As the account wrote it.
    email text not null,
    -- Of the mail to somebody who has no login yet.
    language text not null check (language in ('EN', 'FR')),
    status text not null check (status in ('PENDING', 'INVITATION_SENT', 'ACCEPTED', 'REJECTED', 'WITHDRAWN')),
    invited_by uuid not null,
    -- The job of the newest mail: an older one sends nothing any more.
    mail_id uuid not null,
    -- SHA-256 of the secret of the newest mail; null until the worker mints it, and after the end.
    secret_hash text unique,
    asked_at timestamptz not null,
    sent_at timestamptz,
    expires_at timestamptz not null,
    answered_at timestamptz,
    created_at timestamptz not null
  );
  create unique index one_open_invitation on invitation (membership_id) where status in ('PENDING', 'INVITATION_SENT');
  create index invitation_of_membership on invitation (membership_id, id desc);
  create index invitation_of_user on invitation (user_id, created_at desc, id desc);
  create index invitation_of_account on invitation (account_id, created_at desc, id desc);
  grant select (id, account_id, membership_id, user_id, email, language, status, invited_by, mail_id, asked_at, sent_at, expires_at,
      answered_at, created_at),
    insert, update (status, mail_id, secret_hash, asked_at, sent_at, expires_at, answered_at) on invitation to ${request};
  grant select, update on invitation to ${system};
  ${accountPolicies('invitation', request, 'SECURITY')}
  create policy own on invitation for select to ${request} using (user_id = ${user});
  create policy within_branches on invitation as restrictive to ${request}
    using (${unlimited} or user_id = ${user} or exists (select from membership m where m.id = invitation.membership_id));

  -- Whether somebody has access, or is invited, through a card: for whoever may delete cards and not see people.
  create function contact_has_access(card uuid) returns boolean
    language sql stable security definer set search_path = pg_catalog, pg_temp
  begin atomic
    select exists (select from membership m where m.contact_id = card and m.status not in ('REJECTED', 'WITHDRAWN', 'REMOVED'));
  end;
  revoke all on function contact_has_access(uuid) from public;
  grant execute on function contact_has_access(uuid) to ${request};

  -- An account sees the people who accepted, staff everybody.
  drop policy seen on app_user;
  create policy seen on app_user for select to ${request} using (
    id = ${user}
    or (select access.viewer_is_staff())
    or exists (
      select from membership m
      where m.user_id = app_user.id and m.accepted_at is not null and ${inScope('m.account_id', 'SECURITY', 'READ')}));

  -- The person of an address, made when there is none (O02), and whether they have a login already (O07). The role of requests may ask
  -- this and nothing more about people whom it does not see.
  create function person_to_invite(address text, new_id uuid, at timestamptz) returns table (user_id uuid, has_login boolean)
    language sql volatile security definer set search_path = pg_catalog, pg_temp
  begin atomic
    insert into app_user (id, email, display_name, language, password_hash, verified, status, created_at)
    values (new_id, address, split_part(address, '@', 1), 'EN', null, false, 'ACTIVE', at)
    on conflict (email) do nothing;
    select u.id, u.password_hash is not null from app_user u where u.email = address;
  end;
  revoke all on function person_to_invite(text, uuid, timestamptz) from public;
  grant execute on function person_to_invite(text, uuid, timestamptz) to ${request};
  `,
);
