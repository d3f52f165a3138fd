import { connect, createServer } from 'node:net';
import { type TestDatabase, testDatabase } from '@comptoir/testing/testDatabase.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLog } from '../process/log.ts';
import { openDatabase } from './database.ts';

let database: TestDatabase;
const closing: (() => void)[] = [];
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(async () => {
  for (const close of closing) close();
  await database.drop();
});

/** A way to the server that turns away the first who come, as one does that is only just coming up. */
async function doorThatOpensAfter(turnedAway: number, url: URL): Promise<{ url: string; came: () => number }> {
  let came = 0;
  const door = createServer((socket) => {
    came += 1;
    if (came <= turnedAway) {
      socket.resetAndDestroy();
      return;
    }
    const inside = connect(Number(url.port), url.hostname);
    closing.push(() => inside.destroy());
    socket.pipe(inside).pipe(socket);
    socket.on('error', () => inside.destroy());
    inside.on('error', () => socket.destroy());
  });
  closing.push(() => door.close());
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const { port } = door.address() as { port: number };
  const through = new URL(url);
  through.host = `127.0.0.1:${port}`;
  return { url: through.href, came: () => came };
}

const open = (url: string): ReturnType<typeof openDatabase> =>
  openDatabase({ url, name: 'test', entities: [], poolSize: 1, log: createLog('test', { level: 'silent' }) });

test('a database that cannot be reached yet is waited for', async () => {
  const { url, came } = await doorThatOpensAfter(2, new URL(database.urls.accounts.request));
  const opened = await open(url);
  expect(await opened.query('select 1 as one')).toEqual([{ one: 1 }]);
  expect(came()).toBeGreaterThan(2);
  await opened.destroy();
});

test('a wrong password is told at once', async () => {
  const url = new URL(database.urls.accounts.request);
  url.password = 'wrong';
  const { url: through, came } = await doorThatOpensAfter(0, url);
  await expect(open(through)).rejects.toMatchObject({ code: '28P01' });
  expect(came()).toBe(1);
});

test('a text that would be altered is refused as NUL is, and ends its transaction', async () => {
  const opened = await open(database.urls.accounts.request);
  const as = (type: string, value: unknown): Promise<unknown> => opened.query(`select $1::${type} as kept`, [value]);
  expect(await as('text', 'whole \ud83d\ude42')).toEqual([{ kept: 'whole \ud83d\ude42' }]);
  for (const half of ['a\ud83d', '\ude42', 'a\0b']) {
    await expect(as('text', half)).rejects.toMatchObject({ code: '22021' });
    await expect(as('text[]', ['a', half])).rejects.toMatchObject({ code: '22021' });
  }
  const runner = opened.createQueryRunner();
  await runner.query('begin');
  await expect(runner.query('select $1::text', ['a\ud83d'])).rejects.toMatchObject({ code: '22021' });
  await expect(runner.query('select 1')).rejects.toMatchObject({ code: '25P02' });
  await runner.query('rollback');
  await runner.release();
  await opened.destroy();
});
