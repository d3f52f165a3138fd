import { join } from 'node:path';
import { openMailbox } from '@comptoir/testing/mailbox.ts';
import { openOwnDatabase } from '../product/ownDatabase.ts';
import type { OwnServer } from '../product/ownServer.ts';
import { type FiveProcesses, seedProduct, startFiveProcesses } from '../product/startProduct.ts';
import { type Place, type PlaceOptions, seedPlace } from './place.ts';

export type TortureInstallation = FiveProcesses & {
  /** The owner of every table, to look behind the policies. */
  adminUrl: string;
  server: OwnServer;
  place: Place;
  /** Where the services write, one file each. */
  logs: string;
  /** Services that ended by themselves, with an exit code, although the database was there. */
  exits: string[];
};

/** Five supervised processes, seeded, and a database server of their own that keeps what it acknowledged. */
export async function openTortureInstallation(
  place: PlaceOptions,
  { folder, env = {} }: { folder?: string; env?: Record<string, string> } = {},
): Promise<TortureInstallation> {
  const mailbox = await openMailbox();
  const database = await openOwnDatabase(folder).catch(async (error: unknown) => {
    await mailbox.stop();
    throw error;
  });
  const { adminUrl, server } = database;
  const remove = async (): Promise<void> => {
    await database.remove();
    await mailbox.stop();
  };
  try {
    const options = { ...database, smtpUrl: mailbox.smtpUrl, env: { LOG_LEVEL: 'warn', ...env } };
    const seeded = await seedProduct(options, (subgraphs) =>
      seedPlace(subgraphs, database.databaseUrls.identity.system, place),
    );
    const exits: string[] = [];
    const product = await startFiveProcesses(options, (sentence) => {
      if (/ ended with \d/.test(sentence) && !server.wasAway()) exits.push(sentence);
    });
    return {
      ...product,
      adminUrl,
      server,
      place: seeded,
      logs: join(database.folder, 'logs'),
      exits,
      async stop() {
        await product.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
