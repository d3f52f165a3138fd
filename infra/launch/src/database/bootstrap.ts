import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MigrationClass } from '@comptoir/shared/database/migration.ts';
import { migrations as accessMigrations } from '@comptoir/shared/migrations/all.ts';
import { requestRole, SUBGRAPHS, type SubgraphName, systemRole } from '@comptoir/shared/values/subgraphs.ts';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { REPOSITORY } from '../machine/repository.ts';
import { withClient, withDatabase } from '../postgres/adminClient.ts';
import { APPLICATION_ROLES, ensureRoles, setSearchPaths } from './roles.ts';

/**
 * How each subgraph reaches its rows: `request` as the viewer's policies say, `system` for what happens before anyone
 * is known.
 */
export type DatabaseUrls = Record<SubgraphName, { request: string; system: string }>;

export type BootstrapOptions = {
  /** A user that may create databases and roles; it owns every table. */
  adminUrl: string;
  database: string;
  rolePassword: (role: string) => string;
  log?: { info(sentence: string): void };
  /** Left out, all. */
  migrations?: SchemaMigrations[];
};

export type SchemaMigrations = [schema: string, migrations: MigrationClass[]];

const LEAST_VERSION = 180_000;
/** Any number of our own: starters on one server wait for each other on this advisory lock. */
const BOOTSTRAP_LOCK = 7_361_001;

/** Throws a sentence for a server older than PostgreSQL 18. `versionNumber` is `server_version_num`: 180004 is 18.4. */
export function refuseOldServer(versionNumber: number): void {
  if (versionNumber >= LEAST_VERSION) return;
  const version = `${Math.trunc(versionNumber / 10_000)}.${versionNumber % 10_000}`;
  throw new Error(
    `PostgreSQL 18 or newer is needed (for uuidv7() and keys WITHOUT OVERLAPS); this server is ${version}. Unset DATABASE_URL to use the packaged one.`,
  );
}

/**
 * Brings a database to the state that this version of the application needs - database, extension, roles, schemas,
 * migrations - and gives the URLs to use it. Repeating it changes nothing but the passwords; several at once wait for
 * each other, a minute at most.
 */
export async function bootstrapDatabase(options: BootstrapOptions): Promise<DatabaseUrls> {
  const { adminUrl, database, rolePassword, log } = options;
  await withClient(adminUrl, async (admin) => {
    refuseOldServer(Number((await admin.query('show server_version_num')).rows[0].server_version_num));
    await admin.query(`set lock_timeout = '60s'`);
    await admin.query('select pg_advisory_lock($1)', [BOOTSTRAP_LOCK]); // Held until this connection ends.

    const existing = await admin.query('select from pg_database where datname = $1', [database]);
    if (existing.rowCount === 0) {
      log?.info(`creating the database ${database}`);
      // The builtin locale sorts alike on every machine, which pages by key depend on.
      await admin.query(
        `create database ${pg.escapeIdentifier(database)} template template0
           encoding 'UTF8' locale 'C' locale_provider builtin builtin_locale 'C.UTF-8'`,
      );
    }
    await ensureRoles(admin, rolePassword);
    await setSearchPaths(admin);
    await admitApplication(admin, database);

    await withClient(withDatabase(adminUrl, database), prepareSchemas);
    for (const [schema, migrations] of options.migrations ?? (await allMigrations())) {
      await migrateSchema(withDatabase(adminUrl, database), schema, migrations, log);
    }
  });
  return databaseUrls(adminUrl, database, rolePassword);
}

/** The URLs of a bootstrapped database. */
export function databaseUrls(adminUrl: string, database: string, rolePassword: (role: string) => string): DatabaseUrls {
  const urlFor = (role: string) => {
    const url = new URL(withDatabase(adminUrl, database));
    url.username = encodeURIComponent(role);
    url.password = encodeURIComponent(rolePassword(role));
    return url.href;
  };
  const entries = SUBGRAPHS.map((name) => [
    name,
    { request: urlFor(requestRole(name)), system: urlFor(systemRole(name)) },
  ]);
  return Object.fromEntries(entries) as DatabaseUrls;
}

/**
 * Only the application's roles get in, and none makes temporary tables: they would be looked up before the real ones.
 */
export async function admitApplication(admin: pg.Client, database: string): Promise<void> {
  const name = pg.escapeIdentifier(database);
  await admin.query(`revoke all on database ${name} from public`);
  await admin.query(`grant connect on database ${name} to ${APPLICATION_ROLES.join(', ')}`);
}

async function prepareSchemas(client: pg.Client): Promise<void> {
  await client.query('begin');
  await client.query('create extension if not exists btree_gist with schema public');
  await client.query('revoke all on schema public from public');
  await client.query('create schema if not exists access');
  await client.query(`grant usage on schema access to ${APPLICATION_ROLES.join(', ')}`);
  for (const subgraph of SUBGRAPHS) {
    await client.query(`create schema if not exists ${subgraph}`);
    await client.query(`grant usage on schema ${subgraph} to ${requestRole(subgraph)}, ${systemRole(subgraph)}`);
  }
  await client.query('commit');
}

/**
 * The migrations of every schema in the order in which they run: access first, for the policies of every subgraph read
 * it.
 */
export async function allMigrations(): Promise<SchemaMigrations[]> {
  const found: SchemaMigrations[] = [['access', accessMigrations]];
  for (const subgraph of SUBGRAPHS) {
    const file = fileURLToPath(new URL(`subgraphs/${subgraph}/src/migrations/all.ts`, REPOSITORY));
    if (!existsSync(file)) continue;
    found.push([subgraph, ((await import(file)) as { migrations: MigrationClass[] }).migrations]);
  }
  return found;
}

/** Runs what the schema's own history table does not know yet, each migration in a transaction of its own. */
async function migrateSchema(
  url: string,
  schema: string,
  migrations: MigrationClass[],
  log: BootstrapOptions['log'],
): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    url,
    schema,
    migrations,
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
    installExtensions: false,
    poolSize: 1,
    applicationName: `comptoir migrations ${schema}`,
    connectTimeoutMS: 5_000,
    extra: { options: `-c search_path=${schema},access`, statement_timeout: 60_000 },
  });
  await source.initialize();
  try {
    const done = await source.runMigrations();
    if (done.length > 0) log?.info(`${schema}: ran ${done.length} ${done.length === 1 ? 'migration' : 'migrations'}`);
  } finally {
    await source.destroy();
  }
}

/**
 * Copies a database that no one is connected to. The copy has the template's rows, grants and policies; who may connect
 * is a matter of the database itself, so it is set anew.
 */
export async function cloneDatabase(options: { adminUrl: string; template: string; database: string }): Promise<void> {
  const { adminUrl, template, database } = options;
  await withClient(adminUrl, async (admin) => {
    const [from, to] = [pg.escapeIdentifier(template), pg.escapeIdentifier(database)];
    // Measured for a database of this size: 15 ms, against 29 ms by wal_log.
    await admin.query(`create database ${to} template ${from} strategy file_copy`);
    await admitApplication(admin, database);
  });
}

/** Drops the database and ends whatever is connected to it; nothing happens when there is none. */
export async function dropDatabase(options: { adminUrl: string; database: string }): Promise<void> {
  await withClient(options.adminUrl, (admin) =>
    admin.query(`drop database if exists ${pg.escapeIdentifier(options.database)} with (force)`),
  );
}
