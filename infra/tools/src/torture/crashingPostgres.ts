import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isFree } from '@comptoir/launch/machine/ports.ts';
import { startPostgres } from '@comptoir/launch/postgres/postgres.ts';
import { removeServer } from '@comptoir/testing/ownServers.ts';
import { until } from '@comptoir/testing/until.ts';

export type CrashingPostgres = {
  adminUrl: string;
  /** SIGKILL for the server and every process of it at once: what a power cut does, but for the disk. Resolves when all are gone. */
  crash(): Promise<void>;
  /** Starts it again on the same port; resolves when it has recovered and answers. */
  start(): Promise<void>;
  /** Whether it was away at any time of the last five seconds: who started meanwhile could not. */
  wasAway(): boolean;
  remove(): Promise<void>;
};

/** A server with full durability: what it said is committed must be there after a crash. */
export async function startCrashingPostgres(dataDir: string): Promise<CrashingPostgres> {
  const quiet = { info() {}, warn() {} };
  let server = await startPostgres({ dataDir, durability: 'full', log: quiet });
  const { port, adminUrl } = server;
  let returnedAt = -Infinity;
  return {
    adminUrl,
    wasAway: () => performance.now() - returnedAt < 5_000,
    async crash() {
      returnedAt = Infinity;
      const pids = [server.pid, ...(await childrenOf(server.pid))];
      for (const pid of pids) kill(pid);
      for (const pid of pids) await untilDead(pid);
    },
    async start() {
      // The port must be the same: the services know no other.
      await until(() => isFree(port), `port ${port} to be free`);
      server = await startPostgres({ dataDir, port, durability: 'full', log: quiet });
      if (server.port !== port) throw new Error(`PostgreSQL came back on port ${server.port} instead of ${port}.`);
      returnedAt = performance.now();
    },
    remove: () => removeServer(dataDir),
  };
}

async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  return stdout.split('\n').flatMap((line) => {
    const [child, parent] = line.trim().split(/\s+/).map(Number);
    return parent === pid && child !== undefined ? [child] : [];
  });
}

/** SIGKILL; a process that is gone already is fine. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function untilDead(pid: number): Promise<void> {
  await until(async () => {
    const found = await promisify(execFile)('ps', ['-p', String(pid), '-o', 'stat=']).catch(() => null);
    return found === null || found.stdout.trim() === '' || found.stdout.trim().startsWith('Z');
  }, `process ${pid} to end`);
}
