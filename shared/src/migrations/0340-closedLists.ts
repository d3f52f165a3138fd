import { migration } from '../database/migration.ts';
import { inScope } from '../database/rowScope.ts';
import { requestRole, SUBGRAPHS, systemRole } from '../values/subgraphs.ts';

const everyRole = SUBGRAPHS.flatMap((name) => [requestRole(name), systemRole(name)]).join(', ');
const others = SUBGRAPHS.filter((name) => name !== 'identity')
  .flatMap((name) => [requestRole(name), systemRole(name)])
  .join(', ');

/**
 * Rewrites the policies that looked into the network lists themselves, on a database that has some, to ask
 * `access.admits`; none may be left. PostgreSQL gives a policy back in its own spelling, which is what is looked for.
 */
const REWRITE_POLICIES = String.raw`
  do $$
  declare
    p record;
    looked constant text := 'NOT \(EXISTS \( SELECT\s+FROM access\.account_network n\s+WHERE \(\(n\.account = ((?:\w+\.)?\w+)\) AND \(NOT COALESCE\(\(\( SELECT access\.viewer_address\(\) AS viewer_address\) <<= ANY \(\(?n\.networks\)?(?:::inet\[\])?\)\), false\)\)\)\)\)';
    asks constant text := 'case when \1 = (select access.viewer_account()) then (select access.admits(access.viewer_account())) when \1 = any ((select access.open_clients())::uuid[]) then true else access.admits(\1) end';
  begin
    perform set_config('search_path', 'pg_catalog', true);
    for p in select schemaname, tablename, policyname, qual, with_check from pg_policies where qual ~ 'account_network n\s' or with_check ~ 'account_network n\s' loop
      execute format('alter policy %I on %I.%I', p.policyname, p.schemaname, p.tablename)
        || coalesce(' using (' || regexp_replace(p.qual, looked, asks, 'g') || ')', '')
        || coalesce(' with check (' || regexp_replace(p.with_check, looked, asks, 'g') || ')', '');
    end loop;
    for p in select schemaname, tablename, policyname from pg_policies where qual ~ 'account_network n\s' or with_check ~ 'account_network n\s' loop
      raise exception 'The policy % of %.% still looks into the network lists.', p.policyname, p.schemaname, p.tablename;
    end loop;
  end $$;`;

/**
 * Network lists and time zones name accounts, so they have policies as well; the policies of all other tables ask a
 * function.
 */
export const closedLists = migration(
  340,
  'ClosedLists',
  `
  -- Whether an account has no network list, or one that admits the caller's address (G11). With the owner's rights: nobody may read the lists to find that out. Its body is bound when it
  -- is made, so that it needs no search path of its own, which would cost as much as the look-up.
  create function access.admits(of_account uuid) returns boolean stable parallel safe security definer language sql
    return not exists (
      select from access.account_network n
      where n.account = of_account and not coalesce(access.viewer_address() <<= any (n.networks), false));
  revoke all on function access.admits(uuid) from public;
  -- Those of the viewer's clients that admit it, to be asked once for many rows; of very many some, for \`admits\` answers for the rest.
  create function access.open_clients() returns uuid[] stable parallel safe security definer language sql
    return array(
      select r.account from access.reach r left join access.account_network n on n.account = r.account
      where r.holder = access.viewer_account() and r.area = 'LINK' and r.verb = 'READ' and r.valid @> access.viewer_now()
        and (n.account is null or coalesce(access.viewer_address() <<= any (n.networks), false))
      limit 500);
  revoke all on function access.open_clients() from public;
  grant execute on function access.admits(uuid), access.open_clients() to ${everyRole};
  ${REWRITE_POLICIES}

  revoke select on access.account_network from ${others};
  alter table access.account_network enable row level security;
  create policy seen on access.account_network for select to ${requestRole('identity')} using (${inScope('account_network.account', 'SECURITY', 'READ')});
  create policy system on access.account_network to ${systemRole('identity')} using (true) with check (true);

  -- Billing reckons in days of an account: what is spent in a month for whoever sees its billing, prices and renewals under its second role.
  revoke select on access.account_zone from ${everyRole};
  grant select on access.account_zone to ${requestRole('billing')}, ${systemRole('accounts')}, ${systemRole('billing')};
  alter table access.account_zone enable row level security;
  create policy seen on access.account_zone for select to ${requestRole('billing')} using (${inScope('account_zone.account', 'BILLING', 'READ')});
  create policy system on access.account_zone to ${systemRole('accounts')}, ${systemRole('billing')} using (true) with check (true);
  `,
);
