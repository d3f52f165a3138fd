import { migrations as accessMigrations } from '@comptoir/shared/migrations/all.ts';
import { requestRole, SUBGRAPHS, systemRole } from '@comptoir/shared/values/subgraphs.ts';
import { ownServerFolder, removeServer } from '@comptoir/testing/ownServers.ts';
import { type TestDatabase, testDatabase } from '@comptoir/testing/testDatabase.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withClient, withDatabase } from '../postgres/adminClient.ts';
import { startPostgres } from '../postgres/postgres.ts';
import { type BootstrapOptions, bootstrapDatabase, type DatabaseUrls, refuseOldServer } from './bootstrap.ts';
import { APPLICATION_ROLES } from './roles.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const ask = (url: string, sql: string, values: unknown[] = []) =>
  withClient(url, async (client) => (await client.query(sql, values)).rows);

/** Roles belong to a whole server, so what changes them has one of its own: the run's server is shared. */
async function onServerOfItsOwn(work: (options: BootstrapOptions) => Promise<void>): Promise<void> {
  const dataDir = await ownServerFolder();
  try {
    const { adminUrl } = await startPostgres({
      dataDir,
      durability: 'none',
      maxConnections: 30,
      log: { info() {}, warn() {} },
    });
    await work({ adminUrl, database: 'comptoir', rolePassword: (role) => `the password of ${role}` });
  } finally {
    await removeServer(dataDir);
  }
}

const everyUrl = (urls: DatabaseUrls) => SUBGRAPHS.flatMap((name) => [urls[name].request, urls[name].system]);

test('the application roles can do nothing that would pass row-level security', async () => {
  const roles = await ask(
    database.adminUrl,
    `select rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication, rolinherit, rolcanlogin from pg_roles
     where starts_with(rolname, 'comptoir_') and rolname <> current_user order by rolname`,
  );
  expect(roles).toEqual(
    [...APPLICATION_ROLES].sort().map((rolname) => ({
      rolname,
      rolsuper: false,
      rolbypassrls: false,
      rolcreatedb: false,
      rolcreaterole: false,
      rolreplication: false,
      rolinherit: false,
      rolcanlogin: true,
    })),
  );
  expect(
    await ask(database.adminUrl, 'select from pg_auth_members where member = any ($1::regrole[])', [APPLICATION_ROLES]),
  ).toEqual([]);
});

test('the application roles own nothing, so that policies bind them', async () => {
  const owned = await ask(
    database.adminUrl,
    `select relname::text as name from pg_class where relowner = any ($1::regrole[])
     union all select nspname from pg_namespace where nspowner = any ($1::regrole[])
     union all select proname from pg_proc where proowner = any ($1::regrole[])
     union all select datname from pg_database where datdba = any ($1::regrole[])`,
    [APPLICATION_ROLES],
  );
  expect(owned).toEqual([]);
});

test('each role logs in, finds its own schema and access, and can create nothing', async () => {
  for (const subgraph of SUBGRAPHS) {
    for (const [url, role] of [
      [database.urls[subgraph].request, requestRole(subgraph)],
      [database.urls[subgraph].system, systemRole(subgraph)],
    ] as const) {
      const [found] = await ask(url, 'select current_user, current_schemas(false)::text[] as path');
      expect(found).toEqual({ current_user: role, path: [subgraph, 'access'] });
      for (const sql of [
        'create table mine ()',
        'create table public.mine ()',
        'create temporary table mine ()',
        'create schema mine',
      ]) {
        await expect(ask(url, sql)).rejects.toMatchObject({ code: '42501' });
      }
    }
  }
});

test('no role has any right in the schema of another subgraph', async () => {
  for (const subgraph of SUBGRAPHS) {
    for (const other of SUBGRAPHS) {
      const [may] = await ask(database.urls[subgraph].system, `select has_schema_privilege($1, 'usage') as enter`, [
        other,
      ]);
      expect(may).toEqual({ enter: other === subgraph });
    }
  }
});

test('a new server is bootstrapped by two starters at once, and again', async () => {
  await onServerOfItsOwn(async (options) => {
    const [first, second] = await Promise.all([bootstrapDatabase(options), bootstrapDatabase(options)]);
    expect(second).toEqual(first);

    expect(await bootstrapDatabase(options)).toEqual(first);

    const answers = await Promise.all(everyUrl(first).map((url) => ask(url, 'select current_database() as name')));
    expect(answers).toEqual(everyUrl(first).map(() => [{ name: options.database }]));
    const history = await ask(withDatabase(options.adminUrl, options.database), 'select name from access.migration');
    expect(history).toEqual(accessMigrations.map((migration) => ({ name: migration.name })));
  });
});

test('what a role was given by hand is taken away, a membership is refused, and its password is set anew', async () => {
  await onServerOfItsOwn(async (options) => {
    await bootstrapDatabase(options);
    const attributes = `select rolsuper, rolbypassrls, rolcreatedb from pg_roles where rolname = 'comptoir_billing'`;
    const none = [{ rolsuper: false, rolbypassrls: false, rolcreatedb: false }];
    expect(await ask(options.adminUrl, attributes)).toEqual(none);

    await ask(options.adminUrl, `alter role comptoir_billing superuser bypassrls createdb password 'another'`);
    const urls = await bootstrapDatabase(options);
    expect(await ask(options.adminUrl, attributes)).toEqual(none);
    expect(await ask(urls.billing.request, 'select current_user as name')).toEqual([{ name: 'comptoir_billing' }]);

    await ask(options.adminUrl, 'grant comptoir_owner to comptoir_billing');
    await expect(bootstrapDatabase(options)).rejects.toThrow('comptoir_billing is a member of another role');
  });
});

test('a test database is a database of its own', async () => {
  const other = await testDatabase();
  try {
    expect(other.adminUrl).not.toBe(database.adminUrl);
    await ask(other.adminUrl, 'create table only_here ()');
    expect(await ask(database.adminUrl, `select to_regclass('only_here') as found`)).toEqual([{ found: null }]);
  } finally {
    await other.drop();
  }
  await expect(ask(other.adminUrl, 'select')).rejects.toMatchObject({ code: '3D000' });
});

test('strangers cannot connect to a cloned database', async () => {
  const [may] = await ask(
    database.adminUrl,
    `select exists (select from aclexplode((select datacl from pg_database where datname = current_database())) where grantee = 0) as anybody`,
  );
  expect(may).toEqual({ anybody: false });
});

test.each([[170_006], [160_010], [90_624]])('a server of version %d is refused with a sentence', (version) => {
  expect(() => refuseOldServer(version)).toThrow(/^PostgreSQL 18 or newer is needed .*this server is \d+\.\d+\./);
});

test.each([[180_000], [180_004], [190_000]])('a server of version %d is accepted', (version) => {
  expect(() => refuseOldServer(version)).not.toThrow();
});
