import { openOwnDatabase } from '../product/ownDatabase.ts';
import type { OwnServer } from '../product/ownServer.ts';
import {
  type FiveProcesses,
  type Product,
  seedProduct,
  startFiveProcesses,
  startOneProcess,
  type Topology,
} from '../product/startProduct.ts';
import { type Place, type PlaceOptions, seedPlace } from '../torture/place.ts';

export type GuardInstallation = Product & {
  /** Null in one process. */
  services: FiveProcesses['services'] | null;
  place: Place;
  adminUrl: string;
  server: OwnServer;
  /** Processes that ended though no one asked them to. */
  ends: string[];
};

const CREDITS = 10_000_000;
const PLACE: PlaceOptions = { trackers: 10, credits: [CREDITS, CREDITS, CREDITS] };

/**
 * The product on a database server of its own with full durability, with two clients and their partner in it; listening
 * on loopback, its load elsewhere.
 */
export async function openGuardInstallation(topology: Topology): Promise<GuardInstallation> {
  const database = await openOwnDatabase();
  const { adminUrl, server } = database;
  try {
    const place = await seedProduct(database, (subgraphs) =>
      seedPlace(subgraphs, database.databaseUrls.identity.system, PLACE),
    );
    const ends: string[] = [];
    const product =
      topology === 'one process'
        ? { ...(await startOneProcess(database)), services: null }
        : await startFiveProcesses(database, (sentence) => void ends.push(sentence));
    return {
      ...product,
      place,
      adminUrl,
      server,
      ends,
      async stop() {
        await product.stop();
        await database.remove();
      },
    };
  } catch (error) {
    await database.remove();
    throw error;
  }
}
