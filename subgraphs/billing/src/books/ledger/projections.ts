import { readdirSync, readFileSync } from 'node:fs';
import type { Sql } from '@comptoir/shared/audit/seal.ts';

/**
 * A projection: what could be forgotten, since it follows from the books. A file of `projections/` has three
 * statements: `differs` gives a `problem` text per row that is not as the books say, `puts` makes it so, and gives
 * nothing.
 */
export type Projection = { name: string; differs: string; puts: string };

const FOLDER = new URL('./projections/', import.meta.url);

/** All projections, in the order of their names. */
export function readProjections(): Projection[] {
  const files = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  return files.map((file) => {
    const text = readFileSync(new URL(file, FOLDER), 'utf8');
    const [differs, puts, ...more] = text.split(/^-- puts$/m);
    if (differs === undefined || puts === undefined || more.length > 0)
      throw new Error(`${file} needs a statement, a line "-- puts", and another statement.`);
    return { name: file.replace(/^\d+-|\.sql$/g, ''), differs, puts };
  });
}

const LOCKS = [
  'select from billing.invoice_state order by invoice_id',
  'select from billing.wallet order by id',
  'select from billing.key_consumption order by key_id',
];

export type RebuildReport = { name: string; differences: number; first: string | null };

/**
 * Compares every projection with the books and, unless told only to look, makes it equal to them. In one transaction of
 * the caller's, of the owner of the tables: no role of the application may throw away what it made. What moves is
 * locked first, in the order in which operations do: anyone who books waits, so that what is put is what the books say.
 */
export async function rebuildProjections(sql: Sql, { onlyCheck }: { onlyCheck: boolean }): Promise<RebuildReport[]> {
  if (!onlyCheck) for (const lock of LOCKS) await sql(`select count(*) from (${lock} for no key update) as locked`);
  const reports: RebuildReport[] = [];
  for (const { name, differs, puts } of readProjections()) {
    const [found] = await sql(
      `select count(*)::integer as differences, min(d.problem) as first from (${differs}) as d`,
    );
    const { differences, first } = found as { differences: number; first: string | null };
    reports.push({ name, differences, first });
    if (!onlyCheck && differences > 0) await sql(puts);
  }
  return reports;
}
