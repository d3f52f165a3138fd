import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { allMigrations, bootstrapDatabase, dropDatabase } from '@comptoir/launch/database/bootstrap.ts';
import { rolePassword } from '@comptoir/launch/installation/secrets.ts';
import { REPOSITORY } from '@comptoir/launch/machine/repository.ts';
import { withClient } from '@comptoir/launch/postgres/adminClient.ts';
import pg from 'pg';
import type { QueryRunner } from 'typeorm';

const TEMPLATE = 'comptoir_template_';
/** Every database that a test made begins with this. */
export const TEST_DATABASE = 'comptoir_test_';
const TEMPLATE_LOCK = 7_361_003;

/**
 * Roles belong to the whole server, so every database on it has the same passwords; the owner's is as good a secret as
 * any.
 */
export const testRolePassword =
  (adminUrl: string) =>
  (role: string): string =>
    rolePassword({ roleSecret: new URL(adminUrl).password }, role);

/**
 * The template's name carries the hash of all that decides what a bootstrapped database looks like: change it, and the
 * next run makes a new template. Migrations are asked for their SQL rather than read as files, since they put it
 * together from pieces that lie elsewhere.
 */
export async function templateName(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['bootstrap.ts', 'roles.ts']) {
    hash.update(await readFile(new URL(`infra/launch/src/database/${file}`, REPOSITORY)));
  }
  for (const [schema, migrations] of await allMigrations()) {
    for (const Migration of migrations) {
      hash.update(`\n${schema} ${Migration.name}\n`);
      const query = async (sql: string, values: unknown[] = []) => {
        hash.update(sql).update(JSON.stringify(values));
      };
      // A migration is plain SQL (`shared/src/database/migration.ts`): of the runner it uses nothing but this.
      await new Migration().up({ query } as unknown as QueryRunner);
    }
  }
  return TEMPLATE + hash.digest('hex').slice(0, 16);
}

/** Makes the template if there is none of that name. No one can connect to it, so that it can always be cloned. */
export async function ensureTemplate(adminUrl: string, template: string): Promise<void> {
  await withClient(adminUrl, async (admin) => {
    await admin.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const found = await admin.query('select from pg_database where datname = $1 and datistemplate', [template]);
    if (found.rowCount !== 0) return;
    // A name without the mark of a template is one that a killed run left half made.
    await dropDatabase({ adminUrl, database: template });
    await bootstrapDatabase({ adminUrl, database: template, rolePassword: testRolePassword(adminUrl) });
    await admin.query(`alter database ${pg.escapeIdentifier(template)} is_template true allow_connections false`);
  });
}

/** Drops what earlier runs left: databases of tests that were killed, and templates of migrations that have changed. */
export async function dropLeftovers(admin: pg.Client, current: string): Promise<void> {
  const { rows } = await admin.query(
    'select datname, datistemplate from pg_database where (starts_with(datname, $1) and datname <> $2) or starts_with(datname, $3)',
    [TEMPLATE, current, TEST_DATABASE],
  );
  for (const { datname, datistemplate } of rows) {
    const name = pg.escapeIdentifier(datname);
    if (datistemplate) await admin.query(`alter database ${name} is_template false`);
    await admin.query(`drop database ${name} with (force)`);
  }
}
