import { migration } from '@comptoir/shared/database/migration.ts';

/** A log-in-as ends with the session that it was started from, and the client sees that it did (A59). */
export const endsWithItsSession = migration(
  213,
  'EndsWithItsSession',
  `
  create function login_as_of_session() returns trigger language plpgsql security definer set search_path from current as $$
  begin
    update login_as l set ended_at = greatest(new.revoked_at, l.started_at), ended_by = l.actor_user_id
    from session s where s.parent_id = new.id and l.id = s.login_as_id and l.ended_at is null and l.until > new.revoked_at;
    return null;
  end $$;
  create trigger login_as_of_session after update of revoked_at on session
    for each row when (old.revoked_at is null and new.revoked_at is not null and new.kind = 'LOG_IN') execute function login_as_of_session();
  `,
);
