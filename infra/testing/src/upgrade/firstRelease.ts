import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { allMigrations, type SchemaMigrations } from '@comptoir/launch/database/bootstrap.ts';
import { type MigrationClass, migration } from '@comptoir/shared/database/migration.ts';
import type { QueryRunner } from 'typeorm';

/**
 * What installations have in their histories of migrations, by schema: since the first release, each with the hash of
 * its statements or null when these are kept as a file; and what came after it.
 */
type Recorded = { firstRelease: Record<string, Record<string, string | null>>; since: Record<string, string[]> };
export const recorded: Recorded = JSON.parse(readFileSync(new URL('./recorded.json', import.meta.url), 'utf8'));

/**
 * The migrations of the first release, as that release ran them. Those whose statements are another text today, because
 * a helper that they are put together from has changed, are kept beside this file; of the rest a hash is kept, and they
 * are today's.
 */
export async function firstRelease(): Promise<SchemaMigrations[]> {
  const today = new Map(await allMigrations());
  return Promise.all(
    Object.entries(recorded.firstRelease).map(async ([schema, names]): Promise<SchemaMigrations> => {
      const ran = Object.entries(names).map(async ([name, hash]) => {
        const kept = keptSql(schema, name);
        if (kept !== null) return migration(numberOf(name), titleOf(name), kept);
        const same = today.get(schema)?.find((candidate) => candidate.name === name);
        if (same === undefined || statementHash(await sqlOf(same)) !== hash) {
          throw new Error(`${schema} ${name} has shipped, and is no longer what the first release ran.`);
        }
        return same;
      });
      return [schema, await Promise.all(ran)];
    }),
  );
}

export const numberOf = (name: string): number => Number(name.slice(-13));
export const titleOf = (name: string): string => name.slice(0, -13);

/** The name of a migration's file: `Sessions0000000000002` stands in `0002-sessions`. */
export function fileOf(name: string): string {
  const title = titleOf(name);
  return `${String(numberOf(name)).padStart(4, '0')}-${title.charAt(0).toLowerCase()}${title.slice(1)}`;
}

/** What a migration runs: it is plain SQL, and of the runner it uses nothing but `query`. */
export async function sqlOf(Migration: MigrationClass): Promise<string> {
  const statements: string[] = [];
  const query = async (sql: string) => void statements.push(sql);
  await new Migration().up({ query } as unknown as QueryRunner);
  return statements.join('\n');
}

/** Comments and layout are no one's schema, and may be mended. */
export const withoutLayout = (sql: string): string =>
  sql
    .replace(/--[^\n]*/g, '')
    .replace(/\s+/g, ' ')
    .trim();

export const statementHash = (sql: string): string =>
  createHash('sha256').update(withoutLayout(sql)).digest('hex').slice(0, 32);

function keptSql(schema: string, name: string): string | null {
  const file = new URL(`firstRelease/${schema}/${fileOf(name)}.sql`, import.meta.url);
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}
