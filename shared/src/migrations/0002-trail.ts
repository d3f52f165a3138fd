import { sealTables } from '../audit/sealMigration.ts';
import { migration } from '../database/migration.ts';
import { inScope as scopeOf } from '../database/rowScope.ts';
import { requestRole, SUBGRAPHS, systemRole } from '../values/subgraphs.ts';

/** As the policies said it before there was `access.admits`, which a later migration brings, and writes into them. */
const admittedByRows = (
  account: string,
): string => `(coalesce(${account} = any ((select access.viewer_accounts())::uuid[]), true)
    and not exists (
      select from access.account_network n
      where n.account = ${account} and not coalesce((select access.viewer_address()) <<= any (n.networks), false)))`;
const inScope = (account: string, area: 'SECURITY', verb: 'READ'): string =>
  scopeOf(account, area, verb, admittedByRows);

const everyRole = SUBGRAPHS.flatMap((name) => [requestRole(name), systemRole(name)]).join(', ');
const reader = requestRole('identity');
const sealer = systemRole('identity');

/**
 * The one audit trail of the installation: every subgraph adds to it in the transaction of the change, identity shows
 * and seals it.
 */
export const trail = migration(
  2,
  'Trail',
  `
  -- The instant of the request by the installation's clock; real time for what comes past the application, such as a migration.
  create function access.instant() returns timestamptz volatile parallel safe language sql
    return coalesce(access.viewer_now(), date_trunc('milliseconds', clock_timestamp()));

  create table access.trail (
    id uuid primary key,
    -- The order in which rows are sealed: by transaction, then by place in it. Below the oldest running transaction nothing is added any more.
    xid xid8 not null default pg_current_xact_id(),
    seq bigint not null generated always as identity,
    -- By the installation's clock, and in real time.
    at timestamptz not null,
    recorded_at timestamptz not null default clock_timestamp(),
    -- The database role that wrote the row: it says which subgraph, and cannot be chosen by it.
    recorded_by text not null default session_user,
    decision text not null check (decision in ('DONE', 'PREVIEWED', 'REFUSED', 'DENIED', 'READ', 'EXPLAINED')),
    -- The mutation or query; 'step' where it has several transactions.
    action text not null check (length(action) between 1 and 200),
    step text,
    code text,
    rule text,
    reason text check (length(reason) <= 500),
    user_id uuid,
    key_id uuid,
    session_id uuid,
    by_service text,
    -- The account acted for, and who acts behind the person (RFC 8693).
    account_id uuid,
    actors jsonb not null,
    -- Whom it concerns besides. Ids of what was touched, as 'trackerId:0199…'.
    accounts uuid[] not null,
    subjects text[] not null,
    address inet,
    request_id text not null
  );
  create unique index trail_in_order on access.trail (xid, seq);
  create index trail_of_user on access.trail (user_id, at desc, id desc);

  -- In whose trail a row is shown. Where to look, not what happened: it is not sealed, and the verifier compares it with the rows.
  create table access.trail_account (
    account_id uuid not null,
    at timestamptz not null,
    trail_id uuid not null references access.trail (id),
    primary key (account_id, at, trail_id)
  );
  create index trail_account_of_row on access.trail_account (trail_id);

  -- The only way in, for every role: rows are added, never changed.
  create function access.trail_add(new_rows jsonb) returns void language sql security definer set search_path = pg_catalog, pg_temp
  begin atomic
    with added as (
      insert into access.trail (id, at, decision, action, step, code, rule, reason, user_id, key_id, session_id, by_service, account_id, actors,
                                accounts, subjects, address, request_id)
      select r.id, r.at, r.decision, r.action, r.step, r.code, r.rule, r.reason, r.user_id, r.key_id, r.session_id, r.by_service, r.account_id, r.actors,
             r.accounts, r.subjects, r.address, r.request_id
      from jsonb_to_recordset(new_rows) as r (id uuid, at timestamptz, decision text, action text, step text, code text, rule text, reason text,
        user_id uuid, key_id uuid, session_id uuid, by_service text, account_id uuid, actors jsonb, accounts uuid[], subjects text[], address inet, request_id text)
      returning id, at, account_id, accounts
    )
    insert into access.trail_account (account_id, at, trail_id)
    select distinct shown.account_id, added.at, added.id
    from added cross join lateral unnest(added.accounts || added.account_id) as shown (account_id)
    where shown.account_id is not null;
  end;
  revoke all on function access.trail_add(jsonb) from public;
  grant execute on function access.trail_add(jsonb) to ${everyRole};

  ${sealTables('access.trail', sealer)}
  grant select on access.trail, access.trail_account to ${reader}, ${sealer};
  alter table access.trail enable row level security;
  alter table access.trail_account enable row level security;
  create policy seen on access.trail_account for select to ${reader} using (${inScope('trail_account.account_id', 'SECURITY', 'READ')});
  create policy system on access.trail_account for select to ${sealer} using (true);
  -- A person finds their own doings again, a decision id say; the rest belongs to those who may read the trail of an account that it concerns.
  create policy seen on access.trail for select to ${reader} using (
    user_id = (select access.viewer_user())
    or exists (select from access.trail_account a where a.trail_id = trail.id));
  create policy system on access.trail for select to ${sealer} using (true);
  `,
);
