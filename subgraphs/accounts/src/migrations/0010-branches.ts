import { migration } from '@comptoir/shared/database/migration.ts';
import { inScope, withinBranches } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_accounts';
const system = 'comptoir_accounts_system';
const configures = inScope('branch.account_id', 'CONFIGURATION', 'WRITE');

/** Sites of accounts (G12). Other subgraphs keep their ids, never their names. */
export const branches = migration(
  10,
  'Branches',
  `
  create table branch (
    id uuid primary key,
    account_id uuid not null references account (id),
    name text not null check (name <> '' and length(name) <= 200),
    created_at timestamptz not null,
    archived_at timestamptz,
    unique (account_id, name)
  );
  create index branch_of_account on branch (account_id, name, id);
  grant select, insert, update (name, archived_at) on branch to ${request};
  grant select on branch to ${system};
  alter table branch enable row level security;
  -- Whoever sees trackers or people of an account sees where they belong.
  create policy seen on branch for select to ${request} using (
    ${inScope('branch.account_id', 'CONFIGURATION', 'READ')} or ${inScope('branch.account_id', 'TRACKERS', 'READ')}
    or ${inScope('branch.account_id', 'SECURITY', 'READ')});
  create policy added on branch for insert to ${request} with check (${configures});
  create policy changed on branch for update to ${request} using (${configures}) with check (${configures});
  create policy within_branches on branch as restrictive to ${request}
    using (${withinBranches('branch.id')}) with check (${withinBranches('branch.id')});
  create policy system on branch to ${system} using (true) with check (true);
  `,
);
