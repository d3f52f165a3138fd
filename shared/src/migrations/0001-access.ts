import { migration } from '../database/migration.ts';
import { requestRole, SUBGRAPHS, systemRole } from '../values/subgraphs.ts';

const everyRole = SUBGRAPHS.flatMap((name) => [requestRole(name), systemRole(name)]).join(', ');

/**
 * The schema `access`: what policies of every subgraph read, each table with one writer. Policies thus need no network,
 * no cache and no events; a partnership that ended is gone with the commit.
 */
export const access = migration(
  1,
  'Access',
  `
  grant usage on schema access to ${everyRole};

  -- current_setting gives '' once a transaction that set it is over, hence nullif.
  create function access.viewer_account() returns uuid stable parallel safe language sql
    return nullif(current_setting('app.account', true), '')::uuid;
  create function access.viewer_user() returns uuid stable parallel safe language sql
    return nullif(current_setting('app.user', true), '')::uuid;
  create function access.viewer_is_staff() returns boolean stable parallel safe language sql
    return coalesce(current_setting('app.staff', true) = 'on', false);
  create function access.viewer_address() returns inet stable parallel safe language sql
    return nullif(current_setting('app.address', true), '')::inet;
  create function access.viewer_now() returns timestamptz stable parallel safe language sql
    return nullif(current_setting('app.now', true), '')::timestamptz;

  -- What the viewer is limited to; null is no limit.
  create function access.viewer_branches() returns uuid[] stable parallel safe language sql
    return nullif(current_setting('app.branches', true), '')::uuid[];
  create function access.viewer_accounts() returns uuid[] stable parallel safe language sql
    return nullif(current_setting('app.accounts', true), '')::uuid[];

  -- The transitive closure of partnerships with attenuation applied. Written by accounts only, in the commit that changes a partnership.
  -- A row is never deleted: its period ends, so that the past can be asked (N08) and an earlier event finds its payer.
  create table access.reach (
    holder uuid not null,
    account uuid not null,
    area text not null check (area in ('LINK', 'BILLING', 'SUPPORT', 'PROVISIONING', 'CONFIGURATION', 'SECURITY', 'TRACKERS', 'OTHER')),
    verb text not null check (verb in ('READ', 'WRITE')),
    valid tstzrange not null check (not isempty(valid)),
    partnership_id uuid not null,
    primary key (holder, account, area, verb, valid without overlaps),
    check (holder <> account)
  );
  create index reach_by_holder on access.reach (holder, area, verb, account);
  create index reach_by_account on access.reach (account, holder);
  alter table access.reach enable row level security;
  create policy seen on access.reach for select using (
    holder = (select access.viewer_account()) or account = (select access.viewer_account()) or (select access.viewer_is_staff()));
  create policy system on access.reach to ${SUBGRAPHS.map(systemRole).join(', ')} using (true) with check (true);
  grant select on access.reach to ${everyRole};
  grant insert, update on access.reach to ${systemRole('accounts')};

  -- From where an account may be reached at all (G11). Written by identity only. No row means no limit.
  create table access.account_network (
    account uuid primary key,
    networks cidr[] not null check (cardinality(networks) between 1 and 100)
  );
  grant select on access.account_network to ${everyRole};
  grant insert, update, delete on access.account_network to ${systemRole('identity')};
  `,
);
