import { migration } from '../database/migration.ts';
import { requestRole, SUBGRAPHS, systemRole } from '../values/subgraphs.ts';

const everyRole = SUBGRAPHS.flatMap((name) => [requestRole(name), systemRole(name)]).join(', ');

/** The time zones of accounts. */
export const accountZones = migration(
  4,
  'AccountZones',
  `
  -- The time zone in which an account's days begin: the day of its renewal, its daily blocks. Written by accounts only; no row means UTC.
  create table access.account_zone (
    account uuid primary key,
    time_zone text not null check (length(time_zone) between 1 and 60)
  );
  grant select on access.account_zone to ${everyRole};
  grant insert, update on access.account_zone to ${systemRole('accounts')};
  `,
);
