import type { TestInstallation } from '@comptoir/testing/testInstallation.ts';

/** Every text on the remote side holds this word; it stands nowhere else. */
export const MARK = 'lointain';
/** An address that only lists of the remote side name. */
export const REMOTE_NETWORK = '203.0.113.77';

export type Row = { table: string; id: string };

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

export type Table = { schema: string; name: string };

/** Every table of ours; those of the job queues are pg-boss's own. */
export async function ourTables(installation: TestInstallation): Promise<Table[]> {
  const { rows } = await installation.admin.query(
    `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and n.nspname in ('access', 'identity', 'accounts', 'billing', 'trackers') order by 1, 2`,
  );
  return rows;
}

/** All rows of a table, as text. */
export async function textRows(installation: TestInstallation, { schema, name }: Table): Promise<string[]> {
  const { rows } = await installation.admin.query(`select t::text as row from ${schema}.${name} t order by 1`);
  return rows.map(({ row }) => row);
}

/** Every id that stands anywhere in our tables. */
export async function allIds(installation: TestInstallation): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const table of await ourTables(installation)) {
    for (const row of await textRows(installation, table)) for (const id of row.match(UUID) ?? []) ids.add(id);
  }
  return ids;
}

/** The id of every row that has one of its own. */
export async function keyedRows(installation: TestInstallation): Promise<Row[]> {
  const { rows: keys } = await installation.admin.query(
    `select n.nspname as schema, c.relname as name, a.attname as column
     from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
     where i.indisprimary and i.indnatts = 1 and a.atttypid = 'uuid'::regtype
       and n.nspname in ('access', 'identity', 'accounts', 'billing', 'trackers') order by 1, 2`,
  );
  const found: Row[] = [];
  for (const { schema, name, column } of keys) {
    const { rows } = await installation.admin.query(`select ${column}::text as id from ${schema}.${name} order by 1`);
    found.push(...rows.map(({ id }) => ({ table: `${schema}.${name}`, id })));
  }
  return found;
}

const MARKS = new RegExp(`${MARK}[^"]{0,20}|${REMOTE_NETWORK}`, 'gi');

/** What of the secrets stands in a text; ids that the caller sent are no news to it. */
export function leaksIn(text: string, secrets: ReadonlySet<string>, sent: readonly string[] = []): string[] {
  const ids = (text.match(UUID) ?? []).filter((id) => secrets.has(id) && !sent.includes(id));
  const marks = text.match(MARKS) ?? [];
  return [...new Set([...ids, ...marks])];
}

/** What is made for one answer and shown in it alone. */
const ONCE = /"(secret|lastFour|uri|recoveryCodes|accessToken|refreshToken|token)":("[^"]*"|\[[^\]]*\])/g;

/** An answer without what differs from one call to the next: ids, instants, secrets that are shown once. */
export const normalised = (value: unknown): string =>
  JSON.stringify(value)
    .replace(ONCE, '"$1":"<once>"')
    .replace(UUID, '<id>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<instant>');
