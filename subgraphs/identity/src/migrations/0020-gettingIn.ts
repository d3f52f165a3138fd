import { migration } from '@comptoir/shared/database/migration.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_identity';
const system = 'comptoir_identity_system';

/** Second factor, sessions that are listed, e-mail changes, the limit of mails, log-in as. */
export const gettingIn = migration(
  20,
  'GettingIn',
  `
  alter table session
    add column kind text not null default 'LOG_IN' check (kind in ('LOG_IN', 'LOGIN_AS')),
    add column login_as_id uuid,
    -- The session that a log-in-as was started from: it ends with it.
    add column parent_id uuid references session (id),
    alter column refresh_hash drop not null,
    add check ((kind = 'LOGIN_AS') = (login_as_id is not null)),
    -- A log-in-as cannot be refreshed.
    add check ((kind = 'LOGIN_AS') = (refresh_hash is null)),
    drop constraint session_revoked_reason_check,
    add constraint session_revoked_reason_check check (revoked_reason in
      ('LOG_OUT', 'REFRESH_REUSED', 'PASSWORD_RESET', 'PASSWORD_CHANGE', 'REVOKED', 'DEACTIVATED'));
  grant select (kind, login_as_id, rotated_at) on session to ${request};

  -- The second factor of a person: on once it is confirmed.
  create table totp (
    user_id uuid primary key references app_user (id),
    -- AES-256-GCM under a key from the configuration, bound to the person.
    secret text not null,
    confirmed_at timestamptz,
    -- The 30 seconds of the newest code that was taken: none is taken twice.
    last_step bigint,
    created_at timestamptz not null
  );
  create table recovery_code (
    id uuid primary key,
    user_id uuid not null references app_user (id),
    -- Keyed: fifty random bits alone could be guessed back.
    hash text not null unique,
    used_at timestamptz
  );
  create index recovery_code_of_user on recovery_code (user_id);
  -- The password was right; the second factor is still to come.
  create table login_challenge (
    id uuid primary key,
    hash text not null unique,
    user_id uuid not null references app_user (id),
    account_id uuid,
    by_link boolean not null,
    failures integer not null default 0,
    expires_at timestamptz not null,
    used_at timestamptz
  );
  create index challenge_of_user on login_challenge (user_id);

  -- A new e-mail address, once both the old and the new one have said yes.
  create table email_change (
    id uuid primary key,
    user_id uuid not null references app_user (id),
    old_email text not null,
    new_email text not null,
    old_hash text unique,
    new_hash text unique,
    old_confirmed_at timestamptz,
    new_confirmed_at timestamptz,
    expires_at timestamptz not null,
    done_at timestamptz,
    created_at timestamptz not null
  );
  create index email_change_of_user on email_change (user_id);

  -- One row per mail with a link, by the keyed hash of its address: for the limit per address.
  create table mail_count (
    id uuid primary key,
    email_hash text not null,
    kind text not null,
    counted_at timestamptz not null
  );
  create index mails_of_email on mail_count (email_hash, counted_at);
  -- When somebody else last had a reset mail sent to a person (A46).
  create table reset_send (
    user_id uuid primary key references app_user (id),
    sent_at timestamptz not null
  );

  -- A person of another account acts for this one (A59, N12). Ids, no names.
  create table login_as (
    id uuid primary key,
    account_id uuid not null,
    actor_user_id uuid not null references app_user (id),
    actor_account_id uuid not null,
    by_staff boolean not null,
    reason text not null check (length(reason) between 3 and 500),
    started_at timestamptz not null,
    until timestamptz not null check (until <= started_at + interval '60 minutes'),
    ended_at timestamptz,
    ended_by uuid,
    check ((ended_at is null) = (ended_by is null))
  );
  create index login_as_of_account on login_as (account_id, started_at desc, id desc);
  create index login_as_of_actor on login_as (actor_user_id);
  alter table session add constraint session_login_as foreign key (login_as_id) references login_as (id);

  grant select, insert, update, delete on totp, recovery_code, login_challenge, email_change, mail_count to ${system};
  grant select, insert, update on reset_send to ${system};
  grant select, insert, update (ended_at, ended_by) on login_as to ${system};
  grant select (user_id, confirmed_at) on totp to ${request};
  grant select (user_id, used_at) on recovery_code to ${request};
  grant select, update (ended_at, ended_by) on login_as to ${request};

  alter table totp enable row level security;
  create policy own on totp for select to ${request} using (user_id = (select access.viewer_user()));
  create policy system on totp to ${system} using (true) with check (true);
  alter table recovery_code enable row level security;
  create policy own on recovery_code for select to ${request} using (user_id = (select access.viewer_user()));
  create policy system on recovery_code to ${system} using (true) with check (true);
  alter table login_challenge enable row level security;
  create policy system on login_challenge to ${system} using (true) with check (true);
  alter table mail_count enable row level security;
  create policy system on mail_count to ${system} using (true) with check (true);
  alter table reset_send enable row level security;
  create policy system on reset_send to ${system} using (true) with check (true);
  alter table email_change enable row level security;
  create policy system on email_change to ${system} using (true) with check (true);

  alter table login_as enable row level security;
  create policy seen on login_as for select to ${request} using (
    actor_user_id = (select access.viewer_user()) or ${inScope('login_as.account_id', 'SECURITY', 'READ')});
  create policy ended on login_as for update to ${request} using (
    actor_user_id = (select access.viewer_user()) or ${inScope('login_as.account_id', 'SECURITY', 'WRITE')})
    with check (actor_user_id = (select access.viewer_user()) or ${inScope('login_as.account_id', 'SECURITY', 'WRITE')});
  create policy system on login_as to ${system} using (true) with check (true);
  -- The client sees who logged in as it.
  create policy acted on app_user for select to ${request} using (exists (
    select from login_as l where l.actor_user_id = app_user.id and ${inScope('l.account_id', 'SECURITY', 'READ')}));
  `,
);
