import { isFree } from '@comptoir/launch/machine/ports.ts';
import { startPostgres } from '@comptoir/launch/postgres/postgres.ts';
import { until } from '@comptoir/testing/until.ts';
import { killWithChildren } from '../processes/kill.ts';

/** A PostgreSQL server with full durability: what it said is committed must be there after a crash. */
export type OwnServer = {
  adminUrl: string;
  /** Of the process that runs now. */
  pid(): number;
  /** A fast stop: connections are ended, everything is written. */
  stop(): Promise<void>;
  /**
   * SIGKILL for the server and every process of it at once: what a power cut does, but for the disk. Resolves when all
   * are gone.
   */
  crash(): Promise<void>;
  /** Starts it again on the same port, which is the one that others know; resolves when it answers. */
  start(): Promise<void>;
  /** Whether it was away at any time of the last five seconds: who started meanwhile could not. */
  wasAway(): boolean;
};

const quiet = { info() {}, warn() {} };

export async function startOwnServer(folder: string): Promise<OwnServer> {
  const options = { dataDir: folder, maxConnections: 400, durability: 'full', log: quiet } as const;
  let server = await startPostgres(options);
  const { port, adminUrl } = server;
  let returnedAt = -Infinity;
  return {
    adminUrl,
    pid: () => server.pid,
    async stop() {
      returnedAt = Infinity;
      await server.stop();
    },
    async crash() {
      returnedAt = Infinity;
      await killWithChildren(server.pid);
    },
    async start() {
      await until(() => isFree(port), `port ${port} to be free`);
      server = await startPostgres({ ...options, port, samePort: true });
      returnedAt = performance.now();
    },
    wasAway: () => performance.now() - returnedAt < 5_000,
  };
}
