import type pg from 'pg';
import { withoutLayout } from './firstRelease.ts';

/** What a schema is made of, one query a kind: each returns a name and all that is said about what it names. */
const KINDS = {
  schemas: `select nspname::text as name, array[owner(nspowner), acl(nspacl)]::text as is
    from pg_namespace where nspname = any ($1)`,
  relations: `select place as name, array[c.relkind::text, c.relpersistence::text, c.relrowsecurity::text, c.relforcerowsecurity::text,
      owner(c.relowner), acl(c.relacl), pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid), c.reloptions::text]::text as is
    from pg_class c, lateral (select c.oid::regclass::text as place) where c.relnamespace = any ($1::regnamespace[])`,
  columns: `select c.oid::regclass || '.' || a.attname as name, array[a.attnum::text, format_type(a.atttypid, a.atttypmod), a.attnotnull::text,
      a.attidentity::text, a.attgenerated::text, acl(a.attacl), pg_get_expr(d.adbin, d.adrelid), a.attcollation::regcollation::text]::text as is
    from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where c.relnamespace = any ($1::regnamespace[]) and a.attnum > 0 and not a.attisdropped`,
  constraints: `select conrelid::regclass || ': ' || conname as name, pg_get_constraintdef(oid) || convalidated::text as is
    from pg_constraint where connamespace = any ($1::regnamespace[])`,
  indexes: `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) || i.indisvalid::text as is
    from pg_index i join pg_class c on c.oid = i.indexrelid where c.relnamespace = any ($1::regnamespace[])`,
  policies: `select format('%s.%s: %s', schemaname, tablename, policyname) as name,
      concat_ws(' ', permissive, roles, cmd, 'using', qual, 'check', with_check) as is
    from pg_policies where schemaname = any ($1)`,
  triggers: `select t.tgrelid::regclass || ': ' || t.tgname as name, pg_get_triggerdef(t.oid) || t.tgenabled::text as is
    from pg_trigger t join pg_class c on c.oid = t.tgrelid where c.relnamespace = any ($1::regnamespace[]) and not t.tgisinternal`,
  functions: `select oid::regprocedure::text as name, pg_get_functiondef(oid) || acl(proacl) || owner(proowner) as is
    from pg_proc where pronamespace = any ($1::regnamespace[]) and prokind in ('f', 'p')`,
  types: `select format_type(t.oid, null) as name, array[t.typtype::text, acl(t.typacl), format_type(t.typbasetype, t.typtypmod),
      (select array_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid)::text]::text as is
    from pg_type t where t.typnamespace = any ($1::regnamespace[])`,
  extensions: 'select extname::text as name, extversion as is from pg_extension where $1::text[] is not null',
  defaults: `select format('%s %s %s', owner(defaclrole), defaclnamespace::regnamespace, defaclobjtype) as name, acl(defaclacl) as is
    from pg_default_acl where $1::text[] is not null`,
} as const;

/** In whichever order rights were given, they are the same rights; no list of rights is none but the owner's. */
const HELPERS = `
  create function pg_temp.owner(role oid) returns text language sql return role::regrole::text;
  create function pg_temp.acl(list aclitem[]) returns text language sql
    return coalesce((select string_agg(item::text, ' ' order by item::text) from unnest(list) as item), 'none');`;

/** All that the schemas are made of, by kind and name. Layout and comments of functions are left out. */
export async function catalogue(
  client: pg.Client,
  schemas: readonly string[],
): Promise<Record<string, Record<string, string>>> {
  await client.query(HELPERS);
  const found: Record<string, Record<string, string>> = {};
  for (const [kind, sql] of Object.entries(KINDS)) {
    const { rows } = await client.query(sql.replace(/\b(owner|acl)\(/g, 'pg_temp.$1('), [schemas]);
    const named = rows.map(({ name, is }): [string, string] => [name, withoutLayout(is ?? '')]);
    found[kind] = Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  return found;
}
