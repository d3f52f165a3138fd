import { migration } from '@comptoir/shared/database/migration.ts';

const request = 'comptoir_identity';

/** API keys. */
export const keys = migration(
  30,
  'Keys',
  `
  alter table api_key
    -- The other accounts whose rows it may reach, besides its own; null is no limit (G15).
    add column accounts uuid[] check (cardinality(accounts) <= 100),
    -- It may only try things out (N11). Never changed.
    add column preview boolean not null default false,
    -- Credits that events recorded by it may consume in all (N11); what they did consume stands in billing.
    add column credit_budget bigint check (credit_budget between 0 and 9007199254740991),
    -- The secret before the last rotation, which dies at that instant.
    add column previous_hash text unique,
    add column previous_until timestamptz,
    add column rotated_at timestamptz,
    add constraint previous_is_whole check ((previous_hash is null) = (previous_until is null));
  grant select (accounts, preview, credit_budget, previous_until, rotated_at),
    update (name, areas, networks, not_before, expires_at, accounts, credit_budget) on api_key to ${request};

  -- A rotation writes what a request cannot read: it moves the hash in force to its place for the overlap, within the rows that the caller may change.
  create function api_key_rotate(key uuid, new_hash text, new_last_four text, until timestamptz, at timestamptz) returns void
    language sql security definer set search_path from current
  begin atomic
    update api_key set previous_hash = case when until > at then hash end, previous_until = case when until > at then until end,
      hash = new_hash, last_four = new_last_four, rotated_at = at
    where id = key and account_id = access.viewer_account();
  end;
  revoke all on function api_key_rotate(uuid, text, text, timestamptz, timestamptz) from public;
  grant execute on function api_key_rotate(uuid, text, text, timestamptz, timestamptz) to ${request};
  `,
);
