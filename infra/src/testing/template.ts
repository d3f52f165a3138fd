import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { withClient } from '../adminClient.ts';
import { bootstrapDatabase, dropDatabase } from '../bootstrap.ts';
import { rolePassword } from '../secrets.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const TEMPLATE = 'comptoir_template_';
/** Every database that a test made begins with this. */
export const TEST_DATABASE = 'comptoir_test_';
const TEMPLATE_LOCK = 7_361_003;

/** The sources that decide what a bootstrapped database looks like: change one, and the next run makes a new template. */
async function sources(): Promise<string[]> {
  const shared = ['accessMigrations.ts', 'migration.ts', 'subgraphs.ts'].map((name) => join('shared/src', name));
  const own = ['bootstrap.ts', 'roles.ts'].map((name) => join('infra/src', name));
  const migrations: string[] = [];
  for (const subgraph of await readdir(join(root, 'subgraphs'))) {
    const folder = join('subgraphs', subgraph, 'src/migrations');
    const names = await readdir(join(root, folder), { recursive: true }).catch(() => []);
    migrations.push(...names.filter((name) => /\.(ts|sql)$/.test(name)).map((name) => join(folder, name)));
  }
  // pg-boss brings the tables of the job schemas.
  return [...shared, ...own, ...migrations.sort(), 'node_modules/pg-boss/package.json'];
}

/** Roles belong to the whole server, so every database on it has the same passwords; the owner's is as good a secret as any. */
export const testRolePassword =
  (adminUrl: string) =>
  (role: string): string =>
    rolePassword({ roleSecret: new URL(adminUrl).password }, role);

/** The template's name carries the hash of its sources. */
export async function templateName(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of await sources()) hash.update(`${file}\n`).update(await readFile(join(root, file)));
  return TEMPLATE + hash.digest('hex').slice(0, 16);
}

/** Makes the template if there is none of that name. Nobody can connect to it, so that it can always be cloned. */
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
