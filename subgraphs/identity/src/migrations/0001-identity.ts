import { migration } from '@comptoir/shared/database/migration.ts';
import { accountPolicies, inScope } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_identity';
const system = 'comptoir_identity_system';

/** People, their memberships, sessions and mails; what precedes a log-in. */
export const identity = migration(
  1,
  'Identity',
  `
  create table app_user (
    id uuid primary key,
    email text not null unique check (email = lower(email) and length(email) between 3 and 254),
    display_name text not null check (length(display_name) <= 200),
    language text not null check (language in ('EN', 'FR')),
    -- argon2id; null for a person who has chosen no password yet.
    password_hash text,
    -- The holder has followed a link that was mailed to this address.
    verified boolean not null,
    status text not null check (status in ('ACTIVE', 'INACTIVE')),
    created_at timestamptz not null
  );

  create table membership (
    id uuid primary key,
    user_id uuid not null references app_user (id),
    account_id uuid not null,
    type text not null check (type in ('OWNER', 'CONTACT', 'GUEST')),
    role text not null check (role in ('OWNER', 'ADMIN', 'MEMBER', 'CLIENT', 'STAFF')),
    -- As 'BILLING:WRITE'.
    areas text[] not null,
    -- From where this member may come (G11); empty is no limit.
    networks cidr[] not null check (cardinality(networks) <= 100),
    status text not null check (status in ('PENDING', 'INVITATION_SENT', 'REJECTED', 'ACTIVE', 'INACTIVE')),
    -- False until the other subgraphs have opened what belongs to a new account.
    account_ready boolean not null,
    created_at timestamptz not null,
    unique (user_id, account_id)
  );
  create index membership_of_account on membership (account_id, created_at desc, id desc);
  create index membership_of_user on membership (user_id, created_at desc, id desc);

  create table session (
    id uuid primary key,
    user_id uuid not null references app_user (id),
    account_id uuid,
    -- The refresh token in force: its number in the session's chain and its SHA-256.
    refresh_generation integer not null,
    refresh_hash text not null,
    rotated_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    revoked_reason text check (revoked_reason in ('LOG_OUT', 'REFRESH_REUSED', 'PASSWORD_RESET')),
    created_at timestamptz not null,
    address inet,
    check ((revoked_at is null) = (revoked_reason is null))
  );
  create index session_of_user on session (user_id, created_at desc, id desc);

  create table api_key (
    id uuid primary key,
    account_id uuid not null,
    -- Who made it. It never opens more than this person holds at that moment.
    user_id uuid not null references app_user (id),
    name text not null check (name <> '' and length(name) <= 100),
    hash text not null unique,
    last_four text not null,
    areas text[] not null check (cardinality(areas) > 0),
    networks cidr[] not null check (cardinality(networks) <= 100),
    not_before timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz not null,
    last_used_at timestamptz
  );
  create index api_key_of_account on api_key (account_id, created_at desc, id desc);

  -- Links by mail. There is one row for every request, whether or not anybody has the address: both cost the same.
  create table link (
    id uuid primary key,
    kind text not null check (kind in ('SIGN_UP', 'PASSWORD_RESET')),
    email text not null,
    language text not null check (language in ('EN', 'FR')),
    account_name text check (account_name <> '' and length(account_name) <= 200),
    -- SHA-256 of the secret; null until the worker mints it for the mail.
    secret_hash text unique,
    expires_at timestamptz not null,
    used_at timestamptz,
    created_at timestamptz not null
  );
  -- Only the newest of a kind and address is good.
  create index newest_link on link (email, kind, id desc);

  -- What another subgraph wants the people of an account to be told.
  create table notice (
    id uuid primary key,
    account_id uuid not null,
    area text not null,
    kind text not null,
    params jsonb not null,
    created_at timestamptz not null
  );
  -- A mail that was handed over: its job may come again, the mail does not.
  create table mail (
    id uuid primary key,
    sent_at timestamptz not null
  );

  -- Wrong passwords per login and network (A47). Emails stand here as keyed hashes, known or not.
  create table login_lock (
    email_hash text not null,
    network text not null,
    failures integer not null,
    locked_until timestamptz,
    touched_at timestamptz not null,
    primary key (email_hash, network)
  );
  -- One row per password that was looked at and not found right, for the cap per hour.
  create table login_guess (
    id uuid primary key,
    email_hash text not null,
    guessed_at timestamptz not null
  );
  create index guesses_of_email on login_guess (email_hash, guessed_at);
  -- Networks from which a person got in: the cap per hour does not keep them out there.
  create table known_network (
    user_id uuid not null references app_user (id),
    network text not null,
    last_at timestamptz not null,
    primary key (user_id, network)
  );

  -- Everything that precedes log-in is the system role's. The request role never sees a hash.
  grant select, insert, update on app_user, membership, session, api_key, link to ${system};
  grant select, insert on notice, mail to ${system};
  grant select, insert, update, delete on login_lock, login_guess, known_network to ${system};
  grant select (id, email, display_name, language, verified, status, created_at) on app_user to ${request};
  grant select, update (networks) on membership to ${request};
  grant select (id, user_id, account_id, expires_at, revoked_at, revoked_reason, created_at, address),
    update (revoked_at, revoked_reason) on session to ${request};
  grant select (id, account_id, user_id, name, last_four, areas, networks, not_before, expires_at, revoked_at, created_at, last_used_at),
    insert, update (revoked_at) on api_key to ${request};

  ${accountPolicies('membership', request, 'SECURITY')}
  -- A person sees where they are a member, whichever account they act for.
  create policy own on membership for select to ${request} using (user_id = (select access.viewer_user()));

  ${accountPolicies('api_key', request, 'SECURITY')}

  alter table app_user enable row level security;
  create policy seen on app_user for select to ${request} using (
    id = (select access.viewer_user())
    or exists (select from membership m where m.user_id = app_user.id and ${inScope('m.account_id', 'SECURITY', 'READ')}));
  create policy system on app_user to ${system} using (true) with check (true);

  alter table session enable row level security;
  create policy own on session to ${request} using (user_id = (select access.viewer_user()))
    with check (user_id = (select access.viewer_user()));
  create policy system on session to ${system} using (true) with check (true);

  alter table notice enable row level security;
  create policy system on notice to ${system} using (true) with check (true);
  `,
);
