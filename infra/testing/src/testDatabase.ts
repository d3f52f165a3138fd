import { randomBytes } from 'node:crypto';
import { cloneDatabase, type DatabaseUrls, databaseUrls, dropDatabase } from '@comptoir/launch/database/bootstrap.ts';
import { withDatabase } from '@comptoir/launch/postgres/adminClient.ts';
import { TEST_DATABASE, testRolePassword } from './template.ts';

export type TestDatabase = {
  urls: DatabaseUrls;
  /** The owner of every table, to look behind the policies. */
  adminUrl: string;
  /** Ends every connection to the database and removes it. */
  drop(): Promise<void>;
};

/**
 * A migrated, empty database of the test file's own, cloned from the run's template. For `beforeAll`; `drop()` in
 * `afterAll`.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const { adminUrl, template } = testServer();
  const database = TEST_DATABASE + randomBytes(8).toString('hex');
  await cloneDatabase({ adminUrl, template, database });
  return {
    urls: databaseUrls(adminUrl, database, testRolePassword(adminUrl)),
    adminUrl: withDatabase(adminUrl, database),
    drop: () => dropDatabase({ adminUrl, database }),
  };
}

/** The run's server and its template, as globalSetup left them in the environment. */
export function testServer(): { adminUrl: string; template: string } {
  const adminUrl = process.env.COMPTOIR_TEST_ADMIN_URL;
  const template = process.env.COMPTOIR_TEST_TEMPLATE;
  if (adminUrl !== undefined && template !== undefined) return { adminUrl, template };
  throw new Error('There is no test server: run tests with `npm test`, whose globalSetup starts one.');
}
