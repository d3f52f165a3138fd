import { migration } from '../database/migration.ts';
import { systemRole } from '../values/subgraphs.ts';

/** Which accounts are cancelled (A61). */
export const cancelledAccounts = migration(
  210,
  'CancelledAccounts',
  `
  -- Accounts that are cancelled (A61), from which instant of real time on: nobody acts for them by a log-in-as (A59), and nothing new is
  -- sold for them. Written by accounts only.
  create table access.account_cancelled (
    account uuid primary key,
    since timestamptz not null default date_trunc('milliseconds', clock_timestamp())
  );
  alter table access.account_cancelled enable row level security;
  create policy system on access.account_cancelled for select to ${systemRole('identity')}, ${systemRole('billing')} using (true);
  grant select on access.account_cancelled to ${systemRole('identity')}, ${systemRole('billing')};
  `,
);
