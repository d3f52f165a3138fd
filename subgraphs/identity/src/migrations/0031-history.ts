import { migration } from '@comptoir/shared/database/migration.ts';

const system = 'comptoir_identity_system';

/** What somebody could do at any instant of the past (N08). */
export const history = migration(
  31,
  'History',
  `
  -- What decided over access at any instant (N08): memberships, persons, keys and network lists as they were, kept by triggers. Never names,
  -- addresses of mail or hashes. It begins with this migration.
  create table standing_history (
    -- The id of the membership, person or key; for NETWORKS the account's.
    subject uuid not null,
    kind text not null check (kind in ('MEMBERSHIP', 'USER', 'KEY', 'NETWORKS')),
    account_id uuid,
    user_id uuid,
    valid tstzrange not null check (not isempty(valid)),
    state jsonb not null,
    primary key (subject, valid without overlaps)
  );
  create index history_of_account on standing_history (account_id, kind);
  create index history_of_person on standing_history (user_id, kind);
  grant select on standing_history to ${system};
  alter table standing_history enable row level security;
  create policy system on standing_history to ${system} using (true) with check (true);

  create function keep_history(of_subject uuid, of_kind text, of_account uuid, of_user uuid, new_state jsonb) returns void
    language plpgsql security definer set search_path from current as $$
  declare
    at timestamptz := access.instant();
    last standing_history;
  begin
    select * into last from standing_history h where h.subject = of_subject and upper_inf(h.valid) for update;
    if last.state is not distinct from new_state then return; end if;
    if last.subject is not null and lower(last.valid) >= at then
      -- Twice at one instant, or by clocks that are a little apart: the later word holds.
      if new_state is null then
        delete from standing_history h where h.subject = of_subject and h.valid = last.valid;
      else
        update standing_history h set state = new_state where h.subject = of_subject and h.valid = last.valid;
      end if;
      return;
    end if;
    update standing_history h set valid = tstzrange(lower(last.valid), at) where h.subject = of_subject and h.valid = last.valid;
    if new_state is not null then
      insert into standing_history (subject, kind, account_id, user_id, valid, state)
      values (of_subject, of_kind, of_account, of_user, tstzrange(at, null), new_state);
    end if;
  end $$;
  revoke all on function keep_history(uuid, text, uuid, uuid, jsonb) from public;

  create function membership_state(m membership) returns jsonb stable language sql
    return to_jsonb(m) - 'id' - 'user_id' - 'account_id' - 'created_at' - 'account_ready' - 'contact_id' - 'accepted_at';
  create function api_key_state(k api_key) returns jsonb stable language sql
    return to_jsonb(k) - 'id' - 'account_id' - 'created_at' - 'name' - 'hash' - 'previous_hash' - 'last_four' - 'last_used_at' - 'previous_until' - 'rotated_at';

  create function membership_history() returns trigger language plpgsql security definer set search_path from current as $$
  begin
    perform keep_history(new.id, 'MEMBERSHIP', new.account_id, new.user_id, membership_state(new));
    return null;
  end $$;
  create trigger history after insert or update on membership for each row execute function membership_history();

  create function app_user_history() returns trigger language plpgsql security definer set search_path from current as $$
  begin
    perform keep_history(new.id, 'USER', null, new.id, jsonb_build_object('status', new.status));
    return null;
  end $$;
  create trigger history after insert or update on app_user for each row execute function app_user_history();

  create function api_key_history() returns trigger language plpgsql security definer set search_path from current as $$
  begin
    perform keep_history(new.id, 'KEY', new.account_id, new.user_id, api_key_state(new));
    return null;
  end $$;
  create trigger history after insert or update on api_key for each row execute function api_key_history();

  create function account_network_history() returns trigger language plpgsql security definer set search_path from current as $$
  begin
    if tg_op = 'DELETE' then
      perform keep_history(old.account, 'NETWORKS', old.account, null, null);
    else
      perform keep_history(new.account, 'NETWORKS', new.account, null, jsonb_build_object('networks', to_jsonb(new.networks)));
    end if;
    return null;
  end $$;
  create trigger history after insert or update or delete on access.account_network for each row execute function account_network_history();

  insert into standing_history (subject, kind, account_id, user_id, valid, state)
  select id, 'MEMBERSHIP', account_id, user_id, tstzrange(access.instant(), null), membership_state(m) from membership m
  union all select id, 'USER', null, id, tstzrange(access.instant(), null), jsonb_build_object('status', status) from app_user
  union all select id, 'KEY', account_id, user_id, tstzrange(access.instant(), null), api_key_state(k) from api_key k
  union all select account, 'NETWORKS', account, null, tstzrange(access.instant(), null), jsonb_build_object('networks', to_jsonb(networks)) from access.account_network;
  `,
);
