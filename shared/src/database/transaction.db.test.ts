import { type TestDatabase, testDatabase } from '@comptoir/testing/testDatabase.ts';
import { until } from '@comptoir/testing/until.ts';
import { personViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource, EntityManager } from 'typeorm';
import { createLog } from '../process/log.ts';
import { isOutage } from '../protocol/errors.ts';
import { Refusal } from '../values/refusal.ts';
import { newId } from '../values/uuid.ts';
import { openDatabase } from './database.ts';
import { inTransaction, readTransaction } from './transaction.ts';

let testDb: TestDatabase;
let database: DataSource;
const now = new Date('2026-02-28T12:00:00Z');
const scope = (accountId = newId()) => ({ viewer: personViewer({ accountId, address: '2001:db8::1' }), now });

beforeAll(async () => {
  testDb = await testDatabase();
  database = await openDatabase({
    url: testDb.urls.accounts.system,
    name: 'transaction test',
    entities: [],
    poolSize: 1,
    log: createLog('test', { level: 'silent' }),
  });
});
afterAll(async () => {
  await database.destroy();
  await testDb.drop();
});

const insert = `insert into account (id, kind, name, created_at) values ($1, 'CLIENT', 'x', '2026-01-01')`;
const count = async (id: string): Promise<number> =>
  (await database.query('select count(*)::int as n from account where id = $1', [id]))[0].n;

test('commits what work returns', async () => {
  const id = newId();
  expect(await inTransaction(database, scope(), (tx) => tx.query(insert, [id]).then(() => 'done'))).toBe('done');
  expect(await count(id)).toBe(1);
});

test('a refusal leaves nothing behind', async () => {
  const id = newId();
  const outcome = await inTransaction(database, scope(), async (tx) => {
    await tx.query(insert, [id]);
    return new Refusal('NO', 'No.');
  });
  expect(outcome).toBeInstanceOf(Refusal);
  expect(await count(id)).toBe(0);
});

test('an error leaves nothing behind, and the connection is good for the next', async () => {
  const id = newId();
  const failing = inTransaction(database, scope(), async (tx) => {
    await tx.query(insert, [id]);
    throw new Error('bug');
  });
  await expect(failing).rejects.toThrow('bug');
  expect(await count(id)).toBe(0);
});

test('a swallowed SQL error does not pass for a commit', async () => {
  const id = newId();
  const swallowing = inTransaction(database, scope(), async (tx) => {
    await tx.query(insert, [id]);
    await tx.query('select 1 / 0').catch(() => undefined);
    return 'fine';
  });
  await expect(swallowing).rejects.toThrow('not committed');
  expect(await count(id)).toBe(0);
});

test('policies are told who asks, from where and when, and the connection forgets it with the transaction', async () => {
  const settings = `select access.viewer_account() as account, host(access.viewer_address()) as address, access.viewer_now() as "now", access.viewer_is_staff() as staff`;
  const { viewer, now: at } = scope();
  const [told] = await inTransaction(database, { viewer, now: at }, (tx) => tx.query(settings));
  expect(told).toEqual({ account: viewer.accountId, address: '2001:db8::1', now, staff: false });
  // One connection in the pool: it is the same one.
  const [after] = await database.query(settings);
  expect(after).toEqual({ account: null, address: null, now: null, staff: false });
});

test('N12 a transaction knows who acts behind the person, as JSON, and forgets it', async () => {
  const actors = [{ userId: newId(), accountId: newId(), loginAsId: newId() }];
  const viewer = personViewer({ accountId: newId(), actors });
  const setting = `select nullif(current_setting('app.actors', true), '')::jsonb as actors`;
  expect(await inTransaction(database, { viewer, now }, (tx) => tx.query(setting))).toEqual([{ actors }]);
  expect(await inTransaction(database, scope(), (tx) => tx.query(setting))).toEqual([{ actors: null }]);
  expect(await database.query(setting)).toEqual([{ actors: null }]);
});

test('a viewer whose values would break out of the SQL is only text', async () => {
  const address = `127.0.0.1'); select set_config('app.staff', 'on', true); --`;
  const [row] = await inTransaction(database, { viewer: personViewer({ accountId: newId(), address }), now }, (tx) =>
    tx.query(`select current_setting('app.address') as address, access.viewer_is_staff() as staff`),
  );
  expect(row).toEqual({ address, staff: false });
});

test('reads of one operation see one instant, queue on one connection, and cannot write', async () => {
  const reading = readTransaction(database, () => scope());
  const ids = await Promise.all(
    Array.from({ length: 5 }, () =>
      reading.read((tx) => tx.query('select pg_backend_pid() as pid, pg_current_snapshot()::text as snapshot')),
    ),
  );
  expect(new Set(ids.map(([row]) => `${row.pid} ${row.snapshot}`)).size).toBe(1);
  await expect(reading.read((tx) => tx.query(insert, [newId()]))).rejects.toThrow('read-only transaction');
  await reading.end();
  expect((await database.query('select 1 as one'))[0].one).toBe(1);
});

test('what reads after its operation is over is refused, and takes no connection', async () => {
  const reading = readTransaction(database, () => scope());
  await reading.read((tx) => tx.query('select 1'));
  const closed = reading.close();
  await expect(reading.read((tx) => tx.query('select 1'))).rejects.toThrow('The operation is over');
  await closed;
  // One connection in the pool: it is free.
  expect((await database.query('select 1 as one'))[0].one).toBe(1);
});

test.each(['write', 'read'] as const)(
  'a connection that breaks inside a %s transaction is an outage, not a bug',
  async (mode) => {
    const work = async (tx: EntityManager): Promise<void> => {
      await tx.query('select pg_terminate_backend(pg_backend_pid())').catch(() => undefined);
      // TypeORM gives the runner back on the connection's own event, which comes after the statement's.
      await until(() => tx.queryRunner?.isReleased, 'the connection to be given back');
      await tx.query('select 1');
    };
    const transaction = readTransaction(database, () => scope());
    const done = mode === 'write' ? inTransaction(database, scope(), work) : transaction.read(work);
    expect(isOutage(await done.catch((reason: unknown) => reason))).toBe(true);
    await transaction.end();
    expect(await inTransaction(database, scope(), async () => 'again')).toBe('again');
  },
);
