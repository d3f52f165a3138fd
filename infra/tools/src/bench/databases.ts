import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  bootstrapDatabase,
  cloneDatabase,
  type DatabaseUrls,
  databaseUrls,
} from '@comptoir/launch/database/bootstrap.ts';
import { openSubgraphs } from '@comptoir/launch/installation/installation.ts';
import { installationSecrets, rolePassword, type Secrets } from '@comptoir/launch/installation/secrets.ts';
import { REPOSITORY } from '@comptoir/launch/machine/repository.ts';
import { withClient, withDatabase } from '@comptoir/launch/postgres/adminClient.ts';
import { type PostgresServer, startPostgres } from '@comptoir/launch/postgres/postgres.ts';
import { createLog } from '@comptoir/shared/log.ts';
import { SUBGRAPHS } from '@comptoir/shared/subgraphs.ts';
import { removeServer } from '@comptoir/testing/ownServers.ts';
import { settle } from './bulk.ts';
import { NOWHERE } from './nowhere.ts';
import { seedWorld, type World } from './seed.ts';

/** One database of the bench: for the application's roles, and for its owner. */
export type BenchDatabase = { urls: DatabaseUrls; adminUrl: string };

/** A server of the bench's own, with everything flushed as in production, and a seeded database in it. */
export type Databases = {
  server: PostgresServer;
  version: string;
  secrets: Secrets;
  /** A folder for logs and profiles, removed in the end. */
  home: string;
  world: World;
  seeded: BenchDatabase;
  /** A copy of the seeded database. Nobody may be connected to that one. */
  copy(name: string): Promise<BenchDatabase>;
  remove(): Promise<void>;
};

export async function openDatabases(tell: (sentence: string) => void): Promise<Databases> {
  const parent = fileURLToPath(new URL('.comptoir/bench', REPOSITORY));
  await mkdir(parent, { recursive: true });
  const home = await mkdtemp(join(parent, 'run-'));
  try {
    const server = await startPostgres({
      dataDir: home,
      maxConnections: 400,
      durability: 'full',
      log: { info() {}, warn: tell },
    });
    return await fill(server, home, tell);
  } catch (error) {
    await removeServer(home);
    throw error;
  }
}

async function fill(server: PostgresServer, home: string, tell: (sentence: string) => void): Promise<Databases> {
  const secrets = await installationSecrets(home);
  const password = (role: string): string => rolePassword(secrets, role);
  const place = (database: string): BenchDatabase => ({
    urls: databaseUrls(server.adminUrl, database, password),
    adminUrl: withDatabase(server.adminUrl, database),
  });
  const database = 'bench';
  await bootstrapDatabase({ adminUrl: server.adminUrl, database, rolePassword: password });
  const seeded = place(database);

  const log = createLog('bench seed', { level: 'error' });
  const subgraphs = await openSubgraphs({
    databaseUrls: seeded.urls,
    secrets,
    ...NOWHERE,
    log,
    poolSize: { request: 2, system: 2 },
  });
  let world: World;
  try {
    world = await seedWorld(subgraphs, seeded.urls.identity.system);
  } finally {
    await Promise.all(Object.values(subgraphs).map((subgraph) => subgraph.stop()));
  }
  const version = await withClient(seeded.adminUrl, async (admin) => {
    // The mails that seeding queued have nowhere to go; trying again and again would disturb what is measured.
    for (const name of SUBGRAPHS) await admin.query(`delete from ${name}_jobs.job`);
    await settle(admin);
    return (await admin.query('show server_version')).rows[0].server_version as string;
  });
  tell(
    `seeded ${world.clientIds.length} clients with ${world.ownTrackerIds.length + world.hotTrackerIds.length} trackers`,
  );
  return {
    server,
    version,
    secrets,
    home,
    world,
    seeded,
    async copy(name) {
      await cloneDatabase({ adminUrl: server.adminUrl, template: database, database: name });
      return place(name);
    },
    remove: () => removeServer(home),
  };
}
