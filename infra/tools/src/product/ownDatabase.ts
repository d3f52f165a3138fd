import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bootstrapDatabase,
  cloneDatabase,
  type DatabaseUrls,
  databaseUrls,
} from '@comptoir/launch/database/bootstrap.ts';
import { installationSecrets, rolePassword, type Secrets } from '@comptoir/launch/installation/secrets.ts';
import { withDatabase } from '@comptoir/launch/postgres/adminClient.ts';
import { removeServer } from '@comptoir/testing/ownServers.ts';
import { type OwnServer, startOwnServer } from './ownServer.ts';

/** One database of the product: for the application's roles, and for the owner of every table. */
export type ProductDatabase = { databaseUrls: DatabaseUrls; adminUrl: string };

/** A migrated, empty database on a server of its own. */
export type OwnDatabase = ProductDatabase & {
  server: OwnServer;
  /** Keys and passwords, also of the database's roles. */
  secrets: Secrets;
  /** Holds the server, the secrets and, for anyone who likes, logs. */
  folder: string;
  /** A copy of the database as it is. No one may be connected to it. */
  copy(name: string): Promise<ProductDatabase>;
  /** Stops the server and removes the folder. */
  remove(): Promise<void>;
};

const DATABASE = 'comptoir';

/** Left out, the folder is a temporary one. */
export async function openOwnDatabase(given?: string): Promise<OwnDatabase> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'comptoir-own-')));
  const remove = (): Promise<void> => removeServer(folder);
  try {
    const secrets = await installationSecrets(folder);
    const server = await startOwnServer(folder);
    const { adminUrl } = server;
    const password = (role: string): string => rolePassword(secrets, role);
    const named = (database: string): ProductDatabase => ({
      databaseUrls: databaseUrls(adminUrl, database, password),
      adminUrl: withDatabase(adminUrl, database),
    });
    await bootstrapDatabase({ adminUrl, database: DATABASE, rolePassword: password });
    return {
      ...named(DATABASE),
      server,
      secrets,
      folder,
      async copy(name) {
        await cloneDatabase({ adminUrl, template: DATABASE, database: name });
        return named(name);
      },
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
