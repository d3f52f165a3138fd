import { migration } from '../database/migration.ts';
import { inScope } from '../database/rowScope.ts';
import { requestRole, SUBGRAPHS, systemRole } from '../values/subgraphs.ts';

const requestRoles = SUBGRAPHS.map(requestRole).join(', ');
const reader = requestRole('identity');
const writer = systemRole('identity');

/**
 * An account, and a partnership, may require a second factor of whoever enters (N25). Members and log-ins-as are judged
 * by identity (`credentialStanding`); people of a partner by what they see of `access.reach`, through which every
 * policy of every subgraph looks.
 */
export const secondFactors = migration(
  350,
  'SecondFactors',
  `
  -- Whether the person who asks has a second factor. Keys are no people and are not asked for one.
  create function access.viewer_second_factor() returns boolean stable parallel safe language sql
    return coalesce(current_setting('app.second_factor', true) = 'on', false);

  -- Accounts that let in only people with a second factor. Written by identity only; no row means none is required.
  create table access.account_second_factor (
    account uuid primary key,
    since timestamptz not null
  );
  alter table access.account_second_factor enable row level security;
  create policy seen on access.account_second_factor for select to ${reader} using (${inScope('account_second_factor.account', 'SECURITY', 'READ')});
  create policy system on access.account_second_factor to ${writer} using (true) with check (true);
  grant select on access.account_second_factor to ${reader};
  grant select, insert, delete on access.account_second_factor to ${writer};

  -- Whether the partnership requires it of the partner's people. Written by accounts only, as the rest of the row.
  alter table access.reach add column second_factor boolean not null default false;

  create function access.asks_second_factor(of_account uuid) returns boolean
    language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
  begin atomic
    select exists (select from access.account_second_factor s where s.account = of_account);
  end;
  revoke all on function access.asks_second_factor(uuid) from public;
  grant execute on function access.asks_second_factor(uuid) to ${requestRoles}, ${writer};

  -- The one place for partners: what is required and missing is no way in. The bare link stays, so that the partner sees that there is such a client.
  create policy second_factor on access.reach as restrictive for select to ${requestRoles} using (
    area = 'LINK' or account = (select access.viewer_account()) or (select access.viewer_second_factor()) or (select access.viewer_is_staff())
    or not (second_factor or access.asks_second_factor(account)));

  -- True when the viewer's account reaches that account, and nothing but a second factor keeps this person out.
  create function access.second_factor_missing(of_account uuid) returns boolean
    language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
  begin atomic
    select not access.viewer_second_factor() and not access.viewer_is_staff() and exists (
      select from access.reach r
      where r.holder = access.viewer_account() and r.account = of_account and r.area <> 'LINK' and r.valid @> access.viewer_now()
        and (r.second_factor or exists (select from access.account_second_factor s where s.account = of_account)));
  end;
  revoke all on function access.second_factor_missing(uuid) from public;
  grant execute on function access.second_factor_missing(uuid) to ${reader};
  `,
);
