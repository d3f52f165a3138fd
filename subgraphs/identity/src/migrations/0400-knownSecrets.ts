import { migration } from '@comptoir/shared/database/migration.ts';

const request = 'comptoir_identity';

/** Whoever was shown a secret may know it still, whose key it is by now. */
export const knownSecrets = migration(
  400,
  'KnownSecrets',
  `
  -- Who was shown the secret in force, and who the one before it.
  alter table api_key add column secret_by uuid references app_user (id), add column previous_by uuid references app_user (id);
  create or replace function api_key_state(k api_key) returns jsonb stable language sql
    return to_jsonb(k) - 'id' - 'account_id' - 'created_at' - 'created_by' - 'name' - 'hash' - 'previous_hash' - 'last_four' - 'last_used_at' - 'previous_until' - 'rotated_at'
      - 'secret_by' - 'previous_by';
  -- Of what was rotated before nobody wrote down by whom: its maker stands for it.
  update api_key set secret_by = created_by, previous_by = case when previous_hash is not null then created_by end;
  create index api_key_known on api_key (secret_by, account_id) where revoked_at is null;
  create index api_key_known_before on api_key (previous_by, account_id) where revoked_at is null and previous_by is not null;
  grant select (secret_by, previous_by) on api_key to ${request};

  create or replace function api_key_rotate(key uuid, new_hash text, new_last_four text, until timestamptz, at timestamptz) returns void
    language sql security definer set search_path from current
  begin atomic
    update api_key set previous_hash = case when until > at then hash end, previous_until = case when until > at then until end,
      previous_by = case when until > at then secret_by end, secret_by = access.viewer_user(),
      hash = new_hash, last_four = new_last_four, rotated_at = at
    where id = key and account_id = access.viewer_account();
  end;

  -- A key that is handed over has one secret: the one before it, which its former owner may have kept, is over.
  create function end_previous_secret() returns trigger language plpgsql as $$
  begin
    new.previous_hash := null;
    new.previous_until := null;
    new.previous_by := null;
    return new;
  end $$;
  create trigger end_previous_secret before update of user_id on api_key
    for each row when (old.user_id is distinct from new.user_id) execute function end_previous_secret();
  `,
);
