import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REPOSITORY } from '@comptoir/launch/machine/repository.ts';
import { withClient } from '@comptoir/launch/postgres/adminClient.ts';
import { SUBGRAPHS } from '@comptoir/shared/values/subgraphs.ts';
import { type OwnDatabase, openOwnDatabase } from '../product/ownDatabase.ts';
import { seedProduct } from '../product/startProduct.ts';
import { settle } from './bulk.ts';
import { seedWorld, type World } from './seed.ts';

/** A server of the bench's own, with everything flushed as in production, and a seeded database in it. */
export type Databases = OwnDatabase & { version: string; world: World };

export async function openDatabases(tell: (sentence: string) => void): Promise<Databases> {
  const parent = fileURLToPath(new URL('.comptoir/bench', REPOSITORY));
  await mkdir(parent, { recursive: true });
  const own = await openOwnDatabase(await mkdtemp(join(parent, 'run-')));
  try {
    const world = await seedProduct(own, (subgraphs) => seedWorld(subgraphs, own.databaseUrls.identity.system));
    const version = await withClient(own.adminUrl, async (admin) => {
      // The mails that seeding queued have nowhere to go; trying again and again would disturb what is measured.
      for (const name of SUBGRAPHS) await admin.query(`delete from ${name}_jobs.job`);
      await settle(admin);
      return (await admin.query('show server_version')).rows[0].server_version as string;
    });
    tell(
      `seeded ${world.clientIds.length} clients with ${world.ownTrackerIds.length + world.hotTrackerIds.length} trackers`,
    );
    return { ...own, version, world };
  } catch (error) {
    await own.remove();
    throw error;
  }
}
