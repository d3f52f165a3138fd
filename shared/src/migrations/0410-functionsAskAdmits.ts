import { migration } from '../database/migration.ts';

/**
 * Functions that looked into the network lists themselves, on a database that was made before `ClosedLists`, ask
 * `access.admits` like those of a new one; none may be left. That migration rewrote the policies only. PostgreSQL gives
 * a function back in its own spelling, which is what is looked for.
 */
export const functionsAskAdmits = migration(
  410,
  'FunctionsAskAdmits',
  String.raw`
  do $$
  declare
    f record;
    looked constant text := 'NOT \(EXISTS \( SELECT\s+FROM access\.account_network n\s+WHERE \(\(n\.account = ((?:\w+\.)?\w+)\) AND \(NOT COALESCE\(\(\( SELECT access\.viewer_address\(\) AS viewer_address\) <<= ANY \(\(?n\.networks\)?(?:::inet\[\])?\)\), false\)\)\)\)\)';
    asks constant text := 'case when \1 = (select access.viewer_account()) then (select access.admits(access.viewer_account())) when \1 = any ((select access.open_clients())::uuid[]) then true else access.admits(\1) end';
  begin
    perform set_config('search_path', 'pg_catalog', true);
    for f in
      select p.oid::regprocedure as name, pg_get_functiondef(p.oid) as definition from pg_proc p
      where p.prokind = 'f' and p.pronamespace in ('identity'::regnamespace, 'accounts'::regnamespace, 'billing'::regnamespace, 'trackers'::regnamespace)
        and pg_get_functiondef(p.oid) ~ 'account_network n\s'
    loop
      execute regexp_replace(f.definition, looked, asks, 'g');
      if pg_get_functiondef(f.name) ~ 'account_network n\s' then
        raise exception 'The function % still looks into the network lists.', f.name;
      end if;
    end loop;
  end $$;`,
);
