import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { open, realpath, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { logTail, readIfThere, readOrCreate } from '../machine/files.ts';
import { freePort, isFree } from '../machine/ports.ts';
import { withClient } from './adminClient.ts';
import { ensureCluster, type Place, preparePlace, programOf } from './postgresPlace.ts';
import { forgetPidOfAnother, isPostmaster, readPostmaster, stopPostmaster } from './postmaster.ts';

/** What is told while a server starts; pino's logger and `console` both fit. */
export type Teller = { info(sentence: string): void; warn(sentence: string): void };

export type PostgresOptions = {
  /**
   * A folder of its own; created when missing. Holds password, port, log and, where the database user can reach it, the
   * data.
   */
  dataDir: string;
  /** Wished for; when it is taken a free one is chosen and kept for later starts. */
  port?: number;
  /** That port or none: for a server that others know by it already. */
  samePort?: boolean;
  maxConnections?: number;
  /** `none` is for tests: a crash of the machine may then destroy the data. A crash of the server does not. */
  durability?: 'full' | 'none';
  log: Teller;
};

export type PostgresServer = {
  /** Names the owner of everything and carries its password: never log it. */
  adminUrl: string;
  port: number;
  pid: number;
  /** Where the rows are; not always inside `dataDir`. */
  data: string;
  /** True when the server ran already, left by somebody who was killed or shared with somebody who still runs. */
  adopted: boolean;
  /** Ends connections, writes everything, and resolves when the process is gone. Safe to call twice. */
  stop(): Promise<void>;
};

const OWNER = 'comptoir_owner';
const START_WITHIN_MS = 60_000;
const LOG_LIMIT_BYTES = 10_000_000;

const UNDURABLE = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'checkpoint_timeout=1h',
];

/**
 * Starts the packaged PostgreSQL, or adopts the one that already runs on the same folder. The server listens on
 * 127.0.0.1 only, wants a password, and outlives this process: anyone who started it stops it, after everything that
 * uses it. Throws with the end of the server's log when it does not answer within a minute.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { log, durability = 'full' } = options;
  const dataDir = resolve(options.dataDir);
  const place = await preparePlace(dataDir);
  const password = await readOrCreate(join(dataDir, 'password'), () => randomBytes(24).toString('base64url'));
  if (await ensureCluster(place, OWNER, password, durability === 'full')) log.info('made a new PostgreSQL cluster');

  const logFile = join(dataDir, 'postgres.log');
  const deadline = Date.now() + START_WITHIN_MS;
  let failures = 0;
  while (Date.now() < deadline) {
    const running = await findRunning(place.data, password, deadline);
    if (running !== null) return { ...running, adopted: true };

    const port =
      options.samePort && options.port !== undefined
        ? options.port
        : await choosePort(join(dataDir, 'port'), options.port);
    await forgetPidOfAnother(place.data);
    const child = await spawnServer(place, port, options, logFile);
    const pid = child.pid;
    if (pid !== undefined && (await untilAnswers(child, urlOf(port, password), place.data, deadline))) {
      return { ...serverOf(pid, port, password, place.data), adopted: false };
    }
    // It ended again. Another starter was first, the port was taken meanwhile, or what a killed server left needs a
    // moment to go.
    failures += 1;
    if (failures === 8) break;
    await delay(250);
  }
  log.warn('PostgreSQL did not start');
  throw new Error(`PostgreSQL did not start. The end of ${logFile}:\n${await logTail(logFile)}`);
}

/** The server that runs on that folder, or null: never starts one. */
export async function adoptPostgres(dataDir: string): Promise<PostgresServer | null> {
  const password = await readIfThere(join(dataDir, 'password'));
  if (password === null) return null;
  const { data } = await preparePlace(resolve(dataDir));
  const running = await findRunning(data, password, Date.now() + START_WITHIN_MS);
  return running === null ? null : { ...running, adopted: true };
}

const urlOf = (port: number, password: string): string =>
  `postgresql://${OWNER}:${password}@127.0.0.1:${port}/postgres`;

function serverOf(pid: number, port: number, password: string, data: string): Omit<PostgresServer, 'adopted'> {
  return { adminUrl: urlOf(port, password), port, pid, data, stop: () => stopPostmaster(pid, data) };
}

/**
 * The server that says it runs there, once it answers; null when there is none, or when it was about to end and is
 * gone.
 */
async function findRunning(
  data: string,
  password: string,
  deadline: number,
): Promise<Omit<PostgresServer, 'adopted'> | null> {
  while (Date.now() < deadline) {
    const claimed = await readPostmaster(data);
    if (claimed === null || !(await isPostmaster(claimed.pid, data))) return null;
    if (await answersFor(urlOf(claimed.port, password), data))
      return serverOf(claimed.pid, claimed.port, password, data);
    await delay(50);
  }
  return null;
}

/** Whether the server at the address lets us in and serves that data folder: a port alone could be anybody's. */
async function answersFor(url: string, data: string): Promise<boolean> {
  try {
    const [row] = await withClient(url, async (client) => (await client.query('show data_directory')).rows, {
      connectionTimeoutMillis: 2_000,
    });
    return (await realpath(row.data_directory)) === (await realpath(data));
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') {
      throw new Error(
        `The password in the data folder does not fit the server on ${data}. Move the folder away to begin afresh.`,
      );
    }
    return false;
  }
}

async function untilAnswers(child: ChildProcess, url: string, data: string, deadline: number): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    if (await answersFor(url, data)) return true;
    await delay(25);
  }
  return false;
}

/** The wished port, the remembered one, or any: the first that is free. What is chosen is remembered. */
async function choosePort(file: string, wished: number | undefined): Promise<number> {
  const remembered = Number(await readIfThere(file)) || undefined;
  const port = (await firstFree([wished, remembered])) ?? (await freePort());
  if (port !== remembered) await writeFile(file, `${port}\n`);
  return port;
}

async function firstFree(ports: (number | undefined)[]): Promise<number | null> {
  for (const port of ports) if (port !== undefined && (await isFree(port))) return port;
  return null;
}

/** Detached, so that Ctrl-C in the terminal reaches us alone and the server is stopped last. */
async function spawnServer(
  place: Place,
  port: number,
  options: PostgresOptions,
  logFile: string,
): Promise<ChildProcess> {
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'timezone=UTC',
    'log_timezone=UTC',
  ];
  settings.push(`max_connections=${options.maxConnections ?? 100}`);
  if (options.durability === 'none') settings.push(...UNDURABLE);

  const size = await stat(logFile).then(
    (file) => file.size,
    () => 0,
  );
  if (size > LOG_LIMIT_BYTES) await truncate(logFile);
  const output = await open(logFile, 'a', 0o600);
  try {
    const child = spawn(
      programOf(place, 'postgres'),
      ['-D', place.data, ...settings.flatMap((setting) => ['-c', setting])],
      {
        ...place.user,
        cwd: dirname(place.data),
        env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
        stdio: ['ignore', output.fd, output.fd],
        detached: true,
      },
    );
    child.once('error', () => {}); // Reported by `untilAnswers`: without a pid there is nothing to wait for.
    child.unref();
    return child;
  } finally {
    await output.close();
  }
}
