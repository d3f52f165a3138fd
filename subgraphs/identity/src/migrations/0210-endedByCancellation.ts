import { migration } from '@comptoir/shared/database/migration.ts';

const system = 'comptoir_identity_system';

/** A log-in-as ends with the account that it acts for, in the commit that cancels the account (A59). */
export const endedByCancellation = migration(
  210,
  'EndedByCancellation',
  `
  -- The account was cancelled; 'ended_by' is who did it, null for a service.
  alter table login_as add column account_cancelled boolean not null default false;
  alter table login_as drop constraint login_as_check1,
    add constraint ended_is_whole check (case when account_cancelled then ended_at is not null else (ended_at is null) = (ended_by is null) end);
  grant update (account_cancelled) on login_as to ${system};

  -- A start and a cancellation at once: whoever is second sees the first.
  create function login_as_turn(client uuid) returns bigint immutable parallel safe language sql
    return hashtextextended('login-as ' || client, 0);

  create function login_as_cancelled() returns trigger language plpgsql security definer set search_path from current as $$
  declare
    ends jsonb;
  begin
    perform pg_advisory_xact_lock(login_as_turn(new.account));
    with ended as (
      update login_as l set ended_at = greatest(new.since, l.started_at), ended_by = access.viewer_user(), account_cancelled = true
      where l.account_id = new.account and l.ended_at is null and l.until > new.since
      returning l.id, l.account_id, l.actor_account_id
    )
    select jsonb_agg(jsonb_build_object(
      'id', uuidv7(), 'at', access.instant(), 'decision', 'DONE', 'action', 'loginAsEnd', 'step', 'its account was cancelled', 'rule', 'A59',
      'user_id', access.viewer_user(), 'account_id', access.viewer_account(),
      'by_service', case when access.viewer_user() is null then 'accounts' end,
      'actors', coalesce(nullif(current_setting('app.actors', true), '')::jsonb, '[]'),
      'accounts', array[ended.account_id, ended.actor_account_id], 'subjects', array['loginAsId:' || ended.id],
      'address', access.viewer_address(), 'request_id', 'cancellation of ' || ended.account_id))
    into ends from ended;
    if ends is not null then perform access.trail_add(ends); end if;
    return null;
  end $$;
  create trigger login_as_cancelled after insert on access.account_cancelled for each row execute function login_as_cancelled();
  -- Also where the rows come by replication, once the subgraphs have servers of their own.
  alter table access.account_cancelled enable always trigger login_as_cancelled;
  update login_as l set ended_at = greatest(c.since, l.started_at), account_cancelled = true
  from access.account_cancelled c where c.account = l.account_id and l.ended_at is null and l.until > c.since;
  `,
);
