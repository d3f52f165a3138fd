import { once } from 'node:events';
import { type TestDatabase, testDatabase } from '@comptoir/testing/testDatabase.ts';
import { personViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { openDatabase } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import { createLog } from '../process/log.ts';
import { Refusal } from '../values/refusal.ts';
import { newId } from '../values/uuid.ts';
import { enqueue, startWorkers, type Workers } from './jobs.ts';

const log = createLog('test', { level: 'silent' });
const scope = { viewer: personViewer({ accountId: newId() }), now: new Date() };
const worked = new EventTarget();
const attempts = new Map<string, number>();
let ownDatabase: TestDatabase;
let requests: DataSource;
let workers: Workers;

/** Works jobs for real: a payload that says `fail` fails the first time. */
async function handler(payload: Record<string, unknown>, jobId: string): Promise<void> {
  const attempt = (attempts.get(jobId) ?? 0) + 1;
  attempts.set(jobId, attempt);
  if (payload.fail === true && attempt === 1) throw new Error('not this time');
  worked.dispatchEvent(new Event(jobId));
}

beforeAll(async () => {
  ownDatabase = await testDatabase();
  const { request, system } = ownDatabase.urls.accounts;
  requests = await openDatabase({ url: request, name: 'jobs test', entities: [], poolSize: 2, log });
  workers = await startWorkers({ url: system, subgraph: 'accounts', handlers: { notice: handler }, log });
});
afterAll(async () => {
  await workers.stop();
  await requests.destroy();
  await ownDatabase.drop();
});

const done = (id: string): Promise<unknown> => once(worked, id, { signal: AbortSignal.timeout(60_000) });

test('a job that a request queues in its transaction is worked after the commit, with its payload', async () => {
  const id = newId();
  const finished = done(id);
  await inTransaction(requests, scope, (tx) => enqueue(tx, 'accounts', { queue: 'notice', id, payload: {} }));
  await finished;
});

test('the same job id is queued once', async () => {
  const id = newId();
  const finished = done(id);
  await inTransaction(requests, scope, async (tx) => {
    await enqueue(tx, 'accounts', { queue: 'notice', id, payload: {} });
    await enqueue(tx, 'accounts', { queue: 'notice', id, payload: {} });
  });
  await finished;
  expect(attempts.get(id)).toBe(1);
});

test('a job of a transaction that is rolled back was never there', async () => {
  const [refused, after] = [newId(), newId()];
  await inTransaction(requests, scope, async (tx) => {
    await enqueue(tx, 'accounts', { queue: 'notice', id: refused, payload: {} });
    return new Refusal('NO', 'No.');
  });
  const finished = done(after);
  await inTransaction(requests, scope, (tx) => enqueue(tx, 'accounts', { queue: 'notice', id: after, payload: {} }));
  await finished;
  expect(attempts.has(refused)).toBe(false);
});

test('a job that fails is tried again, and does not hold up the others', async () => {
  const [failing, other] = [newId(), newId()];
  const both = Promise.all([done(failing), done(other)]);
  await inTransaction(requests, scope, async (tx) => {
    await enqueue(tx, 'accounts', { queue: 'notice', id: failing, payload: { fail: true } });
    await enqueue(tx, 'accounts', { queue: 'notice', id: other, payload: {} });
  });
  await both;
  expect([attempts.get(failing), attempts.get(other)]).toEqual([2, 1]);
});

test('the role of requests can add a job, and neither read nor change any', async () => {
  for (const sql of [
    'select * from accounts_jobs.job',
    'delete from accounts_jobs.job',
    `insert into accounts_jobs.job (name) values ('notice')`,
  ]) {
    await expect(requests.query(sql)).rejects.toThrow('permission denied');
  }
});
