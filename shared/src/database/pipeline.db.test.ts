import { type TestDatabase, testDatabase } from '@comptoir/testing/testDatabase.ts';
import { until } from '@comptoir/testing/until.ts';
import { personViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { createLog } from '../process/log.ts';
import { isOutage } from '../protocol/errors.ts';
import { newId } from '../values/uuid.ts';
import { openDatabase } from './database.ts';
import { pipelineQueries } from './pipeline.ts';
import { CommitWith, inTransaction } from './transaction.ts';

let testDb: TestDatabase;
let database: DataSource;
let admin: pg.Client;
const seen: string[] = [];
const scope = { viewer: personViewer({ accountId: newId() }), now: new Date('2026-02-28T12:00:00Z') };

beforeAll(async () => {
  testDb = await testDatabase();
  database = await openDatabase({
    url: testDb.urls.accounts.system,
    name: 'pipeline test',
    entities: [],
    poolSize: 1,
    log: createLog('test', { level: 'silent' }),
    onStatement: (sql) => seen.push(sql),
  });
  admin = new pg.Client({ connectionString: testDb.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await database.destroy();
  await admin.end();
  await testDb.drop();
});

const insert = (id: string) => ({
  sql: `insert into account (id, kind, name, created_at) values ($1, 'CLIENT', 'x', '2026-01-01') returning id`,
  values: [id],
});
const nameOf = (id: string) => ({ sql: 'select name from account where id = $1', values: [id] });
const count = async (id: string): Promise<number> =>
  (await database.query('select count(*)::int as n from account where id = $1', [id]))[0].n;

test('statements in one go run in their order, and each is seen by whoever counts', async () => {
  const id = newId();
  seen.length = 0;
  const rows = await inTransaction(database, scope, (tx) => pipelineQueries(tx, [insert(id), nameOf(id)]), undefined, {
    pipelineBegin: true,
  });
  expect(rows).toEqual([[{ id }], [{ name: 'x' }]]);
  expect(seen).toEqual([insert(id).sql, nameOf(id).sql]);
  expect(await count(id)).toBe(1);
});

test('what is read behind a lock is read when the lock is there, though all was sent before', async () => {
  const id = newId();
  await inTransaction(database, scope, (tx) => pipelineQueries(tx, [insert(id)]));
  await admin.query('begin');
  await admin.query(`update accounts.account set name = 'after' where id = $1`, [id]);
  const lock = { sql: 'select from account where id = $1 for update', values: [id] };
  const reading = inTransaction(database, scope, (tx) => pipelineQueries(tx, [lock, nameOf(id)]), undefined, {
    pipelineBegin: true,
  });
  await until(async () => {
    const blocked = 'select from pg_stat_activity where pg_backend_pid() = any (pg_blocking_pids(pid))';
    return (await admin.query(blocked)).rowCount === 1;
  }, 'the transaction to wait for the lock');
  await admin.query('commit');
  expect((await reading)[1]).toEqual([{ name: 'after' }]);
});

test('when one fails its error is thrown, nothing of the others remains, and the connection is good for the next', async () => {
  const [first, last] = [newId(), newId()];
  const going = inTransaction(database, scope, (tx) =>
    pipelineQueries(tx, [insert(first), { sql: 'select 1 / $1::integer', values: [0] }, insert(last)]),
  );
  await expect(going).rejects.toMatchObject({ message: 'division by zero' });
  expect([await count(first), await count(last)]).toEqual([0, 0]);
});

test('the last statements travel with the COMMIT, with what the trail says of them; what they gave is told when it is confirmed', async () => {
  const [id, word] = [newId(), newId()];
  const auditStatement = `insert into account (id, kind, name, created_at) values ('${word}', 'CLIENT', 'x', '2026-01-01')`;
  const ending = new CommitWith([insert(id), nameOf(id)], (rows) => rows.flat());
  const told = await inTransaction(
    database,
    scope,
    async () => ending,
    () => auditStatement,
    { pipelineBegin: true },
  );
  expect(told).toEqual([{ id }, { name: 'x' }]);
  expect([await count(id), await count(word)]).toEqual([1, 1]);
});

test('of last statements that fail nothing remains, nor of the last words; which error is a rule’s "no" they say themselves', async () => {
  const [id, other] = [newId(), newId()];
  await inTransaction(database, scope, (tx) => pipelineQueries(tx, [insert(id)]));
  const auditStatement = `insert into account (id, kind, name, created_at) values ('${other}', 'CLIENT', 'x', '2026-01-01')`;
  const again = (refusal: (error: unknown) => string | null) =>
    inTransaction<string>(
      database,
      scope,
      async () => new CommitWith([insert(newId()), insert(id), nameOf(id)], () => 'done', { refusal }),
      () => auditStatement,
    );
  const before = await database.query('select count(*) from account');
  expect(await again((error) => ((error as { code?: string }).code === '23505' ? 'known' : null))).toBe('known');
  await expect(again(() => null)).rejects.toMatchObject({ code: '23505' });
  expect(await database.query('select count(*) from account')).toEqual(before);
});

test.each([true, false])(
  'a connection that is lost between statements in one go is an outage: nothing remains, and the next has another (at once: %s)',
  async (pipelineBegin) => {
    const [first, last, word] = [newId(), newId(), newId()];
    const auditStatement = `insert into account (id, kind, name, created_at) values ('${word}', 'CLIENT', 'x', '2026-01-01')`;
    const lost = { sql: 'select pg_terminate_backend(pg_backend_pid()), $1::integer', values: [0] };
    const ending = new CommitWith([insert(first), lost, insert(last)], () => 'done');
    const closing = inTransaction<string>(
      database,
      scope,
      async () => ending,
      () => auditStatement,
      { pipelineBegin },
    );
    expect(isOutage(await closing.catch((error: unknown) => error))).toBe(true);
    const going = inTransaction(database, scope, (tx) => pipelineQueries(tx, ending.statements), undefined, {
      pipelineBegin,
    });
    expect(isOutage(await going.catch((error: unknown) => error))).toBe(true);
    expect(await Promise.all([first, last, word].map(count))).toEqual([0, 0, 0]);
  },
);

test('a commit that is flushed later is one of its transaction only', async () => {
  await database.query('set synchronous_commit = on');
  const how = async (asyncCommit: boolean): Promise<string> => {
    const id = newId();
    const auditStatement = `insert into account (id, kind, name, created_at) values ('${id}', 'CLIENT', current_setting('synchronous_commit'), '2026-01-01')`;
    const work = async () => new CommitWith([insert(newId())], () => null, { asyncCommit });
    await inTransaction<null>(database, scope, work, () => auditStatement);
    return (await database.query('select name from account where id = $1', [id]))[0].name;
  };
  expect([await how(false), await how(true), await how(false)]).toEqual(['on', 'off', 'on']);
});

test('a viewer that PostgreSQL could not read to its end opens nothing, and nothing is sent behind', async () => {
  const id = newId();
  const viewer = personViewer({ accountId: newId(), address: '127.0.0.1\0' });
  const work = async () => new CommitWith([insert(id)], () => 'done');
  const opening = inTransaction<string>(database, { ...scope, viewer }, work, undefined, { pipelineBegin: true });
  await expect(opening).rejects.toThrow('cannot be sent');
  expect(await count(id)).toBe(0);
});
