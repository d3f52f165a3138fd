import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrapDatabase, type DatabaseUrls } from '@comptoir/launch/database/bootstrap.ts';
import { openSubgraphs } from '@comptoir/launch/installation/installation.ts';
import { installationSecrets, rolePassword } from '@comptoir/launch/installation/secrets.ts';
import { type RunningServices, startServices } from '@comptoir/launch/installation/startServices.ts';
import { freePort, freePortsInARow } from '@comptoir/launch/machine/ports.ts';
import { withDatabase } from '@comptoir/launch/postgres/adminClient.ts';
import { createLog } from '@comptoir/shared/process/log.ts';
import { openMailbox } from '@comptoir/testing/mailbox.ts';
import { type CrashingPostgres, startCrashingPostgres } from './crashingPostgres.ts';
import { type Place, type PlaceOptions, seedPlace } from './place.ts';

export type House = {
  url: string;
  services: RunningServices;
  /** The owner of every table, to look behind the policies. */
  adminUrl: string;
  place: Place;
  /** Where the services write, one file each. */
  logs: string;
  /** Stops the services and removes what was theirs. The database is somebody else's. */
  stop(): Promise<void>;
};

export type HouseOptions = {
  databaseUrls: DatabaseUrls;
  adminUrl: string;
  /** Where logs and secrets are kept; must be there. */
  home: string;
  secrets: Awaited<ReturnType<typeof installationSecrets>>;
  place: PlaceOptions;
  smtpUrl: string;
  /** Told when a service ended, in the words of its supervisor. */
  onEnd?: (sentence: string) => void;
  /** Further variables for all services. */
  env?: Record<string, string>;
};

/** Five supervised processes on an empty, migrated database, seeded. */
export async function openHouse(options: HouseOptions): Promise<House> {
  const { databaseUrls, adminUrl, home, secrets } = options;
  const common = {
    databaseUrls,
    secrets,
    mail: { smtpUrl: options.smtpUrl, from: 'Comptoir <no-reply@comptoir.localhost>' },
    publicUrl: 'http://comptoir.localhost',
  };
  const log = createLog('torture seed', { level: 'fatal' });
  const subgraphs = await openSubgraphs({ ...common, log, poolSize: { request: 2, system: 2, waitMs: 30_000 } });
  const place = await seedPlace(subgraphs, databaseUrls.identity.system, options.place).finally(() =>
    Promise.all(Object.values(subgraphs).map((subgraph) => subgraph.stop())),
  );
  const services = await startServices({
    ...common,
    gatewayPort: await freePort(),
    host: '127.0.0.1',
    firstPort: await freePortsInARow(4),
    home,
    // A busy machine takes long to start five processes.
    readyWithinMs: 120_000,
    tell: (sentence) => options.onEnd?.(sentence),
    env: { LOG_LEVEL: 'warn', ...options.env },
  });
  return { url: services.url, services, adminUrl, place, logs: join(home, 'logs'), stop: () => services.stop() };
}

export type OwnHouse = House & {
  postgres: CrashingPostgres;
  /** Services that ended by themselves, with an exit code, although the database was there. */
  exits: string[];
};

/** A house with a database server of its own that keeps what it acknowledged, in a folder that goes with it. */
export async function openOwnHouse(
  place: PlaceOptions,
  dataDir?: string,
  env: Record<string, string> = {},
): Promise<OwnHouse> {
  const home = await mkdtemp(join(tmpdir(), 'comptoir-torture-'));
  const secrets = await installationSecrets(home);
  const mailbox = await openMailbox();
  const postgres = await startCrashingPostgres(dataDir ?? join(home, 'postgres'));
  const remove = async (): Promise<void> => {
    await postgres.remove();
    await mailbox.stop();
    await rm(home, { recursive: true, force: true });
  };
  try {
    const database = 'torture';
    const databaseUrls = await bootstrapDatabase({
      adminUrl: postgres.adminUrl,
      database,
      rolePassword: (role) => rolePassword(secrets, role),
    });
    const adminUrl = withDatabase(postgres.adminUrl, database);
    const exits: string[] = [];
    const house = await openHouse({
      databaseUrls,
      adminUrl,
      home,
      secrets,
      place,
      smtpUrl: mailbox.smtpUrl,
      env,
      onEnd: (sentence) => {
        if (/ ended with \d/.test(sentence) && !postgres.wasAway()) exits.push(sentence);
      },
    });
    return {
      ...house,
      postgres,
      exits,
      async stop() {
        await house.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
