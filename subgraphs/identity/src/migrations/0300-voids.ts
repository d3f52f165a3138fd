import { migration } from '@comptoir/shared/database/migration.ts';

const request = 'comptoir_identity';

/** A secret ends with what it rests on: `credentials/voidTable.ts` says what ends with what. */
export const voids = migration(
  300,
  'Voids',
  `
  alter table session
    drop constraint session_revoked_reason_check,
    add constraint session_revoked_reason_check check (revoked_reason in
      ('LOG_OUT', 'REFRESH_REUSED', 'PASSWORD_RESET', 'PASSWORD_CHANGE', 'SECOND_FACTOR', 'REVOKED', 'DEACTIVATED'));
  create index invitation_link_of_user on invitation (user_id) where secret_hash is not null;
  create index email_change_to on email_change (new_email) where done_at is null;

  -- A log-in-as ends with its own session, too, whichever way that ends, and the client sees that it did (A59).
  create or replace function login_as_of_session() returns trigger language plpgsql security definer set search_path from current as $$
  begin
    if new.kind = 'LOGIN_AS' then
      update login_as l set ended_at = greatest(new.revoked_at, l.started_at), ended_by = l.actor_user_id
      where l.id = new.login_as_id and l.ended_at is null and l.until > new.revoked_at;
    else
      update login_as l set ended_at = greatest(new.revoked_at, l.started_at), ended_by = l.actor_user_id
      from session s where s.parent_id = new.id and l.id = s.login_as_id and l.ended_at is null and l.until > new.revoked_at;
    end if;
    return null;
  end $$;
  drop trigger login_as_of_session on session;
  create trigger login_as_of_session after update of revoked_at on session
    for each row when (old.revoked_at is null and new.revoked_at is not null) execute function login_as_of_session();

  -- Whoever acts for a client acts as a member of the own account (N12). Only of a membership that is not active, so that it opens nothing to whoever may call it.
  create function end_logins_as_of_member(of_membership uuid, at timestamptz) returns void
    language sql security definer set search_path from current
  begin atomic
    update login_as l set ended_at = greatest(at, l.started_at), ended_by = l.actor_user_id
    from membership m
    where m.id = of_membership and m.status in ('INACTIVE', 'REMOVED')
      and l.actor_user_id = m.user_id and l.actor_account_id = m.account_id and l.ended_at is null and l.until > at;
  end;
  revoke all on function end_logins_as_of_member(uuid, timestamptz) from public;
  grant execute on function end_logins_as_of_member(uuid, timestamptz) to ${request};
  `,
);
