import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownServerFolder, removeServer } from '@comptoir/testing/ownServers.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { withClient } from './adminClient.ts';
import { adoptPostgres, type PostgresServer, startPostgres } from './postgres.ts';
import { type PostgresWatch, pauseBefore, watchPostgres } from './postgresWatch.ts';
import { untilGone } from './postmaster.ts';

let dataDir: string;
let said: string[];
let watch: PostgresWatch | null;
beforeEach(async () => {
  dataDir = await ownServerFolder();
  said = [];
  watch = null;
});
afterEach(async () => {
  watch?.retire();
  await watch?.stop();
  await removeServer(dataDir);
});

const tell = (sentence: string): void => void said.push(sentence);
const heard = (what: RegExp): boolean => said.some((sentence) => what.test(sentence));

async function watched(most?: number): Promise<{ server: PostgresServer; watch: PostgresWatch }> {
  const options = { dataDir, durability: 'none', maxConnections: 20, log: { info: tell, warn: tell } } as const;
  const server = await startPostgres(options);
  watch = watchPostgres(server, options, most);
  return { server, watch };
}

const answers = (url: string): Promise<boolean> =>
  withClient(url, async (client) => (await client.query('select answer from kept')).rows[0].answer === 42).catch(
    () => false,
  );

test('a server that is killed runs again on the same data and port, as often as it is', async () => {
  const { server, watch } = await watched();
  await withClient(server.adminUrl, async (client) => {
    await client.query('create table kept as select 42 as answer');
    await client.query('checkpoint');
  });
  for (let time = 1; time <= 2; time += 1) {
    const pid = watch.pid();
    process.kill(pid, 'SIGKILL');
    await until(async () => watch.pid() !== pid && (await answers(server.adminUrl)), 'the server to be back');
  }
  expect(said.filter((sentence) => /is gone though nobody stopped it/.test(sentence))).toHaveLength(2);
  await watch.stop();
  expect(await adoptPostgres(dataDir)).toBeNull();
});

test('once everything is being stopped a server that dies stays dead, and a start that is under way is stopped too', async () => {
  const { server, watch: first } = await watched();
  first.retire();
  process.kill(server.pid, 'SIGKILL');
  expect(await untilGone(server.pid, server.data, 5_000)).toBe(true);
  await first.stop();
  expect(await adoptPostgres(dataDir)).toBeNull();

  const { server: second, watch: next } = await watched();
  process.kill(second.pid, 'SIGKILL');
  await until(async () => heard(/is gone/), 'the death to be seen');
  await next.stop();
  expect(await adoptPostgres(dataDir)).toBeNull();
});

test('a server that cannot start is tried a bounded number of times, and that is told', async () => {
  const { server } = await watched(2);
  const version = join(server.data, 'PG_VERSION');
  const text = await readFile(version, 'utf8');
  await writeFile(version, 'no version\n');
  process.kill(server.pid, 'SIGKILL');
  await until(async () => heard(/2 times in a row, and is not started again/), 'it to be given up');
  expect(said.filter((sentence) => /could not be started again/.test(sentence))).toHaveLength(2);
  await rm(version);
  await writeFile(version, text);
});

test('the pauses grow and have a bound', () => {
  expect([1, 2, 3, 4, 8, 100].map(pauseBefore)).toEqual([0, 500, 1_000, 2_000, 30_000, 30_000]);
});
