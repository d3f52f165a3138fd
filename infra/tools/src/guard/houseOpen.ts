import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrapDatabase } from '@comptoir/launch/database/bootstrap.ts';
import { openSubgraphs } from '@comptoir/launch/installation/installation.ts';
import { installationSecrets, rolePassword } from '@comptoir/launch/installation/secrets.ts';
import type { RunningServices } from '@comptoir/launch/installation/startServices.ts';
import { HEAP } from '@comptoir/launch/machine/heap.ts';
import { isFree } from '@comptoir/launch/machine/ports.ts';
import { withDatabase } from '@comptoir/launch/postgres/adminClient.ts';
import { startPostgres } from '@comptoir/launch/postgres/postgres.ts';
import { createLog } from '@comptoir/shared/process/log.ts';
import { removeServer } from '@comptoir/testing/ownServers.ts';
import { until } from '@comptoir/testing/until.ts';
import type { OurConfig } from '../bench/ourProcess.ts';
import { startProcess } from '../bench/processes.ts';
import { openHouse } from '../torture/house.ts';
import { type Place, type PlaceOptions, seedPlace } from '../torture/place.ts';

/** As `npm start` runs it, in a process of its own; or as `npm run start:services` does. */
export type Topology = 'one process' | 'five processes';

export type GuardHouse = {
  topology: Topology;
  url: string;
  place: Place;
  adminUrl: string;
  /** The processes of the product, by name. */
  pids(): Record<string, number | null>;
  /** Null in one process. */
  services: RunningServices | null;
  /** Processes that ended though nobody asked them to. */
  ends: string[];
  database: {
    /** A fast stop: connections are ended, everything is written. */
    stop(): Promise<void>;
    /** On the same port; resolves when it answers. */
    start(): Promise<void>;
  };
  stop(): Promise<void>;
};

const quiet = { info() {}, warn() {} };
const NOWHERE = {
  mail: { smtpUrl: 'smtp://127.0.0.1:9', from: 'Guard <no-reply@guard.example>' },
  publicUrl: 'http://guard.localhost',
};
const CREDITS = 10_000_000;
const PLACE: PlaceOptions = { trackers: 10, credits: [CREDITS, CREDITS, CREDITS] };

/** The product on a database server of its own with full durability, with two clients and their partner in it; listening on loopback, its load elsewhere. */
export async function openGuardHouse(topology: Topology): Promise<GuardHouse> {
  const home = await mkdtemp(join(tmpdir(), 'comptoir-guard-'));
  const dataDir = join(home, 'postgres');
  const secrets = await installationSecrets(home);
  let server = await startPostgres({ dataDir, maxConnections: 200, log: quiet });
  const { port } = server;
  const remove = async (): Promise<void> => {
    await removeServer(dataDir);
    await rm(home, { recursive: true, force: true });
  };
  try {
    const database = 'guard';
    const databaseUrls = await bootstrapDatabase({
      adminUrl: server.adminUrl,
      database,
      rolePassword: (role) => rolePassword(secrets, role),
    });
    const adminUrl = withDatabase(server.adminUrl, database);
    const ends: string[] = [];
    const opened =
      topology === 'one process'
        ? await openOne({ databaseUrls, secrets, logFile: join(home, 'logs', 'comptoir.log') })
        : await openServices({ databaseUrls, secrets, adminUrl, home }, ends);
    return {
      ...opened,
      topology,
      adminUrl,
      ends,
      database: {
        stop: () => server.stop(),
        async start() {
          // The port must be the same: the product knows no other.
          await until(() => isFree(port), `port ${port} to be free`);
          server = await startPostgres({ dataDir, port, maxConnections: 200, log: quiet });
        },
      },
      async stop() {
        await opened.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

type Opened = Pick<GuardHouse, 'url' | 'place' | 'pids' | 'services' | 'stop'>;

async function openOne({ databaseUrls, secrets, logFile }: Omit<OurConfig, 'countStatements'>): Promise<Opened> {
  const log = createLog('guard seed', { level: 'fatal' });
  const options = { databaseUrls, secrets, ...NOWHERE, log, poolSize: { request: 2, system: 2 } };
  const subgraphs = await openSubgraphs(options);
  const place = await seedPlace(subgraphs, databaseUrls.identity.system, PLACE).finally(() =>
    Promise.all(Object.values(subgraphs).map((subgraph) => subgraph.stop())),
  );
  const config: OurConfig = { databaseUrls, secrets, logFile, countStatements: false };
  const child = await startProcess(new URL('../bench/ourProcess.ts', import.meta.url), config, { execArgv: HEAP });
  return {
    url: child.url.replace('/graphql', ''),
    place,
    pids: () => ({ product: child.pid }),
    services: null,
    stop: () => child.stop(),
  };
}

async function openServices(
  options: Pick<Parameters<typeof openHouse>[0], 'databaseUrls' | 'secrets' | 'adminUrl' | 'home'>,
  ends: string[],
): Promise<Opened> {
  const house = await openHouse({
    ...options,
    place: PLACE,
    smtpUrl: NOWHERE.mail.smtpUrl,
    onEnd: (sentence) => void (sentence.includes(' ended with ') && ends.push(sentence)),
  });
  const { services, place, url } = house;
  return {
    url,
    place,
    services,
    pids: () => Object.fromEntries(Object.entries(services.processes).map(([name, one]) => [name, one.pid()])),
    stop: () => house.stop(),
  };
}
