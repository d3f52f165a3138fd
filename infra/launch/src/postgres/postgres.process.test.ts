import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownServerFolder, removeServer } from '@comptoir/testing/ownServers.ts';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { withClient } from './adminClient.ts';
import { adoptPostgres, type PostgresServer, startPostgres } from './postgres.ts';
import { untilGone } from './postmaster.ts';

const quiet = { info() {}, warn() {} };
let dataDir: string;

async function start(options: { port?: number } = {}): Promise<PostgresServer> {
  return await startPostgres({ dataDir, durability: 'none', maxConnections: 20, log: quiet, ...options });
}

const rows = (server: PostgresServer, sql: string) =>
  withClient(server.adminUrl, async (client) => (await client.query(sql)).rows);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

beforeEach(async () => {
  dataDir = await ownServerFolder();
});

afterEach(() => removeServer(dataDir));

test('a new server listens on loopback only, wants its password, and sorts alike everywhere', async () => {
  const server = await start();

  expect(server.adopted).toBe(false);
  expect(await rows(server, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
  expect(await rows(server, 'show unix_socket_directories')).toEqual([{ unix_socket_directories: '' }]);
  expect(
    await rows(
      server,
      `select datlocale, pg_encoding_to_char(encoding) as encoding from pg_database where datname = 'postgres'`,
    ),
  ).toEqual([{ datlocale: 'C.UTF-8', encoding: 'UTF8' }]);

  const wrong = new URL(server.adminUrl);
  wrong.password = 'guess';
  await expect(withClient(wrong.href, async () => 'in')).rejects.toMatchObject({ code: '28P01' });
  expect((await stat(join(dataDir, 'password'))).mode & 0o077).toBe(0);
});

test('a server that runs already is adopted, and stopping it leaves no process behind', async () => {
  const first = await start();
  const second = await start();
  expect(second).toMatchObject({ adopted: true, pid: first.pid, port: first.port });

  const helpers = (await rows(first, 'select pid from pg_stat_activity where pid <> pg_backend_pid()')).map(
    (row) => row.pid as number,
  );
  const family = [first.pid, ...helpers];
  expect(family.length).toBeGreaterThan(3);
  expect(family.filter(isAlive)).toEqual(family);

  await second.stop();
  expect(family.filter(isAlive)).toEqual([]);
  expect(await adoptPostgres(dataDir)).toBe(null);
  await first.stop(); // Stopping what is gone is no error.
});

test('of two starters at once one starts the server and the other adopts it', async () => {
  const both = await Promise.all([start(), start()]);
  expect(both.map((server) => server.adopted).sort()).toEqual([false, true]);
  expect(both[0]?.pid).toBe(both[1]?.pid);
});

test('a server that was killed starts again with its rows, though its pid file is still there', async () => {
  const server = await start();
  await withClient(server.adminUrl, async (client) => {
    await client.query('create table kept as select 42 as answer');
    await client.query('checkpoint');
  });
  process.kill(server.pid, 'SIGKILL');
  expect(await untilGone(server.pid, server.data, 5_000)).toBe(true);
  expect(await stat(join(server.data, 'postmaster.pid'))).toBeDefined();

  const again = await start();
  expect(again.adopted).toBe(false);
  expect(again.port).toBe(server.port);
  expect(await rows(again, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('the server outlives a starter that is killed, and the next one adopts it', async () => {
  const script = `
    const { startPostgres } = await import(process.argv[1]);
    const server = await startPostgres({ dataDir: process.argv[2], durability: 'none', log: { info() {}, warn() {} } });
    console.log(server.pid);
    setInterval(() => {}, 1000);`;
  const module = fileURLToPath(new URL('./postgres.ts', import.meta.url));
  const starter = spawn(process.execPath, ['--input-type=module', '-e', script, module, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(starter.stdout, 'data');
  starter.kill('SIGKILL');
  await once(starter, 'exit');

  const server = await start();
  expect(server).toMatchObject({ adopted: true, pid: Number(String(line)) });
});

test('a taken port makes it choose another, and keep that', async () => {
  const occupant = createServer();
  occupant.listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  const taken = (occupant.address() as { port: number }).port;
  try {
    const server = await start({ port: taken });
    expect(server.port).not.toBe(taken);
    await server.stop();
    expect((await start({ port: taken })).port).toBe(server.port);
  } finally {
    occupant.close();
  }
});

test('a pid file that now names another program does not keep the server from starting', async () => {
  const server = await start();
  const pidFile = join(server.data, 'postmaster.pid');
  const lines = (await readFile(pidFile, 'utf8')).split('\n');
  await server.stop();

  // The same user as the server's: PostgreSQL itself already disregards a process that it may not signal.
  const { uid, gid } = await stat(server.data);
  const stranger = spawn('sleep', ['60'], process.getuid?.() === 0 ? { uid, gid } : {});
  try {
    await writeFile(pidFile, [stranger.pid, ...lines.slice(1)].join('\n'), { mode: 0o600 });
    await chown(pidFile, uid, gid);
    expect((await start()).adopted).toBe(false);
    expect(stranger.exitCode).toBe(null);
  } finally {
    stranger.kill();
  }
});
