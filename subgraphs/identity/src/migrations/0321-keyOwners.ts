import { migration } from '@comptoir/shared/database/migration.ts';

const request = 'comptoir_identity';

/** Keys are handed over, and keys belong to accounts: who made a key and whose it is are two things. */
export const keyOwners = migration(
  321,
  'KeyOwners',
  `
  -- Who made it. 'user_id' is the member whose rights cap it, and with whom it ends; null: the account's own, which ends with no person.
  alter table api_key add column created_by uuid references app_user (id);
  create or replace function api_key_state(k api_key) returns jsonb stable language sql
    return to_jsonb(k) - 'id' - 'account_id' - 'created_at' - 'created_by' - 'name' - 'hash' - 'previous_hash' - 'last_four' - 'last_used_at' - 'previous_until' - 'rotated_at';
  update api_key set created_by = user_id;
  alter table api_key alter column created_by set not null, alter column user_id drop not null;
  create index api_key_of_owner on api_key (user_id, account_id, created_at desc, id desc) where user_id is not null;
  grant select (created_by), update (user_id) on api_key to ${request};

  -- As before, and of two words at one instant the later one says whose it is, too.
  create or replace function keep_history(of_subject uuid, of_kind text, of_account uuid, of_user uuid, new_state jsonb) returns void
    language plpgsql security definer set search_path from current as $$
  declare
    at timestamptz := access.instant();
    last standing_history;
  begin
    select * into last from standing_history h where h.subject = of_subject and upper_inf(h.valid) for update;
    if last.state is not distinct from new_state then return; end if;
    if last.subject is not null and lower(last.valid) >= at then
      if new_state is null then
        delete from standing_history h where h.subject = of_subject and h.valid = last.valid;
      else
        update standing_history h set state = new_state, user_id = of_user where h.subject = of_subject and h.valid = last.valid;
      end if;
      return;
    end if;
    update standing_history h set valid = tstzrange(lower(last.valid), at) where h.subject = of_subject and h.valid = last.valid;
    if new_state is not null then
      insert into standing_history (subject, kind, account_id, user_id, valid, state)
      values (of_subject, of_kind, of_account, of_user, tstzrange(at, null), new_state);
    end if;
  end $$;

  -- A key of the account acts by its own id ('app.user'), which is no person's: the trail names it as the key.
  create or replace function login_as_cancelled() returns trigger language plpgsql security definer set search_path from current as $$
  declare
    ends jsonb;
    person uuid := (select u.id from app_user u where u.id = access.viewer_user());
  begin
    perform pg_advisory_xact_lock(login_as_turn(new.account));
    with ended as (
      update login_as l set ended_at = greatest(new.since, l.started_at), ended_by = access.viewer_user(), account_cancelled = true
      where l.account_id = new.account and l.ended_at is null and l.until > new.since
      returning l.id, l.account_id, l.actor_account_id
    )
    select jsonb_agg(jsonb_build_object(
      'id', uuidv7(), 'at', access.instant(), 'decision', 'DONE', 'action', 'loginAsEnd', 'step', 'its account was cancelled', 'rule', 'A59',
      'user_id', person, 'key_id', case when person is null then access.viewer_user() end, 'account_id', access.viewer_account(),
      'by_service', case when access.viewer_user() is null then 'accounts' end,
      'actors', coalesce(nullif(current_setting('app.actors', true), '')::jsonb, '[]'),
      'accounts', array[ended.account_id, ended.actor_account_id], 'subjects', array['loginAsId:' || ended.id],
      'address', access.viewer_address(), 'request_id', 'cancellation of ' || ended.account_id))
    into ends from ended;
    if ends is not null then perform access.trail_add(ends); end if;
    return null;
  end $$;
  `,
);
