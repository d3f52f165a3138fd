import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestDatabase, testDatabase } from '@comptoir/testing/testDatabase.ts';
import { until } from '@comptoir/testing/until.ts';
import { personViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import pg from 'pg';
import { newId } from '../values/uuid.ts';
import { appendHeads, readHeads, type SealReport, type Sql, sealNext, verifySeals } from './seal.ts';
import type { Head } from './sealChain.ts';
import { trailSql } from './trail.ts';
import { findMisplaced, TRAIL } from './trailStream.ts';

const SEED = Number(process.env.SEAL_SEED ?? 20_261_122);
const TAMPERINGS = 1_000;
const ROWS = 60;

let db: TestDatabase;
let admin: pg.Client;
let sealer: pg.Client;
let writer: pg.Client;
let folder: string;
let file: string;
let key: JWK;
let otherKey: JWK;

const connect = async (connectionString: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
};
const sqlOf =
  (client: pg.Client): Sql =>
  async (text, values) =>
    (await client.query(text, values)).rows ?? [];

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return await exportJWK(privateKey);
}

beforeAll(async () => {
  db = await testDatabase();
  [admin, sealer, writer] = await Promise.all([
    connect(db.adminUrl),
    connect(db.urls.identity.system),
    connect(db.urls.trackers.request),
  ]);
  folder = await mkdtemp(join(tmpdir(), 'comptoir-seal-'));
  file = join(folder, 'heads.jsonl');
  [key, otherKey] = await Promise.all([newKey(), newKey()]);
});
afterAll(async () => {
  await Promise.all([admin.end(), sealer.end(), writer.end()]);
  await db.drop();
  await rm(folder, { recursive: true, force: true });
});

async function add(client: pg.Client, action = 'trackerRename'): Promise<string> {
  const id = newId();
  const viewer = personViewer({ accountId: newId() });
  await client.query(
    trailSql([
      {
        entry: { id, decision: 'DONE', action, note: { subjects: [`trackerId:${newId()}`] } },
        viewer,
        now: new Date(),
      },
    ]),
  );
  return id;
}

async function inTransactionOf<T>(
  client: pg.Client,
  begin: string,
  work: () => Promise<T>,
  end = 'commit',
): Promise<T> {
  await client.query(begin);
  try {
    return await work();
  } finally {
    await client.query(end);
  }
}

/** Seals all that is final; returns the heads, which are in the file by then. */
async function seal(): Promise<Head[]> {
  const heads: Head[] = [];
  for (;;) {
    const head = await inTransactionOf(sealer, 'begin', () => sealNext(sqlOf(sealer), TRAIL, { key, at: new Date() }));
    if (head === null) return heads;
    await appendHeads(file, [head]);
    heads.push(head);
  }
}

/** Seals everything. A transaction of another test's database on the same server may hold rows back for a moment. */
async function sealAll(): Promise<Head[]> {
  const heads: Head[] = [];
  await until(async () => {
    heads.push(...(await seal()));
    const left = await admin.query(
      'select from access.trail t where not exists (select from access.trail_link l where l.row_id = t.id)',
    );
    return left.rowCount === 0;
  }, 'everything to be sealed');
  return heads;
}

const check = (client = sealer, heads = readHeads(file, 'trail')): Promise<SealReport> =>
  verifySeals(sqlOf(client), TRAIL, { key, heads });

test('P the trail takes rows and nothing else: no role of the application changes or removes one', async () => {
  await add(writer);
  for (const url of Object.values(db.urls).flatMap(({ request, system }) => [request, system])) {
    const client = await connect(url);
    for (const table of ['trail', 'trail_account', 'trail_link', 'trail_checkpoint']) {
      for (const statement of [
        `update access.${table} set ${table === 'trail' ? "action = 'x'" : table === 'trail_account' ? 'at = at' : 'position = position'}`,
        `delete from access.${table}`,
        `truncate access.${table} cascade`,
      ]) {
        await expect(client.query(statement)).rejects.toThrow(/permission denied/);
      }
    }
    await expect(client.query(`insert into access.trail_account values ($1, now(), $1)`, [newId()])).rejects.toThrow(
      /permission denied/,
    );
    await client.end();
  }
});

test('P a row says which role wrote it, whatever the writer claims', async () => {
  const id = await add(writer);
  const { rows } = await admin.query('select recorded_by from access.trail where id = $1', [id]);
  expect(rows).toEqual([{ recorded_by: 'comptoir_trackers' }]);
});

test('P rows are sealed when nothing can come before them any more: not while an older transaction runs', async () => {
  const slow = await connect(db.urls.billing.request);
  await slow.query('begin');
  const early = await add(slow);
  const late = await add(writer);
  await seal();
  const sealed = async (id: string): Promise<boolean> =>
    (await admin.query('select from access.trail_link where row_id = $1', [id])).rowCount === 1;
  expect([await sealed(early), await sealed(late)]).toEqual([false, false]);
  expect(await check()).toMatchObject({ problem: null });
  await slow.query('commit');
  await slow.end();
  await sealAll();
  expect([await sealed(early), await sealed(late)]).toEqual([true, true]);
  expect(await check()).toMatchObject({ problem: null, unsealed: 0 });
});

test('P a row that is hidden from the account that it concerns, or put into another’s trail, is found', async () => {
  const id = await add(writer);
  expect(await findMisplaced(sqlOf(sealer))).toBeNull();
  for (const tampering of [
    'delete from access.trail_account where trail_id = $1',
    'update access.trail_account set account_id = uuidv7() where trail_id = $1',
    `insert into access.trail_account select uuidv7(), at, trail_id from access.trail_account where trail_id = $1`,
  ]) {
    const found = await inTransactionOf(
      admin,
      'begin',
      async () => {
        await admin.query(tampering, [id]);
        return await findMisplaced(sqlOf(admin));
      },
      'rollback',
    );
    expect(found).toBe(id);
  }
});

test('P two sealers at once make one chain', async () => {
  for (let at = 0; at < 20; at += 1) await add(writer);
  const second = await connect(db.urls.identity.system);
  const one = (client: pg.Client): Promise<Head | null> =>
    inTransactionOf(client, 'begin', () => sealNext(sqlOf(client), TRAIL, { key, at: new Date() }));
  let heads: Head[] = [];
  // Nothing is sealed while an older transaction runs anywhere on the server, another test's included.
  await until(async () => {
    heads = (await Promise.all([one(sealer), one(second)])).filter((head) => head !== null);
    return heads.length > 0;
  }, 'the rows to be sealed');
  await second.end();
  await appendHeads(
    file,
    heads.toSorted((a, b) => a.number - b.number),
  );
  await sealAll();
  expect(await check()).toMatchObject({ problem: null, unsealed: 0 });
});

test('P a line of the heads file that a crash cut short harms nothing, a forged one is found', async () => {
  const text = await readFile(file, 'utf8');
  await writeFile(file, `${text}{"stream":"trail","num`);
  expect(await check()).toMatchObject({ problem: null });
  await writeFile(file, text);
  const forged = readHeads(file, 'trail').map((head, at) => (at === 0 ? { ...head, hash: 'ab'.repeat(32) } : head));
  expect((await check(sealer, forged)).problem).not.toBeNull();
});

/** A small generator of our own, so that a run can be repeated by its seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 13), 0x297a2d39) >>> 0;
    return ((mixed ^ (mixed >>> 16)) >>> 0) % below;
  };
}

type Tampering = { name: string; sql: string[]; values?: unknown[]; row?: string };

/** What a superuser could do to sealed rows; `row` is the one that the verifier must name where one can be named. */
function tamper(random: (below: number) => number, ids: string[], columns: string[]): Tampering {
  const pick = (): number => random(ids.length);
  const at = pick();
  const id = ids[at] as string;
  const last = ids.length;
  switch (random(9)) {
    case 0: {
      const column = columns[random(columns.length)] as string;
      return { name: `edit ${column}`, row: id, sql: [`update access.trail set ${EDITS[column]} where id = '${id}'`] };
    }
    case 1:
      return {
        name: 'delete a row',
        row: id,
        sql: [
          `delete from access.trail_account where trail_id = '${id}'`,
          `delete from access.trail where id = '${id}'`,
        ],
      };
    case 2:
      return {
        name: 'delete a row with its link',
        sql: [
          `delete from access.trail_link where row_id = '${id}'`,
          `delete from access.trail_account where trail_id = '${id}'`,
          `delete from access.trail where id = '${id}'`,
        ],
      };
    case 3:
      return {
        name: 'insert among sealed rows',
        sql: [
          `insert into access.trail (id, xid, seq, at, recorded_by, decision, action, actors, accounts, subjects, request_id)
           overriding system value
           select '${newId()}', xid, -1 - seq, at, recorded_by, decision, action, actors, accounts, subjects, request_id from access.trail where id = '${id}'`,
        ],
      };
    case 4: {
      const other = ids[(at + 1 + random(last - 1)) % last] as string;
      return {
        name: 'reorder two rows',
        row: ids[Math.min(at, ids.indexOf(other))] as string,
        sql: [
          `drop index access.trail_in_order`,
          `alter table access.trail alter seq set generated by default`,
          `with a as (select xid, seq from access.trail where id = '${id}'), b as (select xid, seq from access.trail where id = '${other}'),
             one as (update access.trail t set xid = b.xid, seq = b.seq from b where t.id = '${id}' returning 1)
           update access.trail t set xid = a.xid, seq = a.seq from a where t.id = '${other}'`,
        ],
      };
    }
    case 5: {
      const from = 1 + pick();
      return {
        name: 'cut the tail, with links and checkpoints',
        sql: [
          `delete from access.trail_account where trail_id in (select row_id from access.trail_link where position >= ${from})`,
          `with cut as (delete from access.trail_link where position >= ${from} returning row_id) delete from access.trail t using cut where t.id = cut.row_id`,
          `delete from access.trail_checkpoint where position >= ${from}`,
        ],
      };
    }
    case 6:
      return {
        name: 'change a link',
        row: id,
        sql: [`update access.trail_link set hash = sha256(hash) where row_id = '${id}'`],
      };
    case 7:
      return {
        name: 'change a checkpoint',
        sql: [
          `update access.trail_checkpoint set ${['hash = sha256(hash)', `sealed_at = sealed_at + '1 ms'`, `signature = 'AAAA'`, 'seq = seq + 1'][random(4)]} where number = (select number from access.trail_checkpoint order by random() limit 1)`,
        ],
      };
    default:
      return {
        name: 'move two links',
        sql: [
          `alter table access.trail_link drop constraint trail_link_row_id_key`,
          `update access.trail_link l set row_id = o.row_id from access.trail_link o
           where (l.row_id, o.row_id) in (('${id}', '${ids[(at + 1) % last]}'), ('${ids[(at + 1) % last]}', '${id}'))`,
        ],
      };
  }
}

/** An edit of each sealed column that changes what it says. */
const EDITS: Record<string, string> = {
  at: `at = at + '1 microsecond'`,
  recorded_at: `recorded_at = recorded_at + '1 s'`,
  recorded_by: `recorded_by = recorded_by || 'x'`,
  decision: `decision = case decision when 'DONE' then 'DENIED' else 'DONE' end`,
  action: `action = action || 'x'`,
  step: `step = coalesce(step, '') || 'x'`,
  code: `code = coalesce(code, '') || 'x'`,
  rule: `rule = coalesce(rule, '') || 'x'`,
  reason: `reason = coalesce(reason, '') || 'x'`,
  user_id: `user_id = uuidv7()`,
  key_id: `key_id = uuidv7()`,
  session_id: `session_id = uuidv7()`,
  by_service: `by_service = coalesce(by_service, '') || 'x'`,
  account_id: `account_id = uuidv7()`,
  actors: `actors = actors || '[{}]'`,
  accounts: `accounts = accounts || uuidv7()`,
  subjects: `subjects = array_append(subjects, 'x')`,
  address: `address = '192.0.2.77'`,
  request_id: `request_id = request_id || 'x'`,
};

test('GUARD 1,000 random tamperings of sealed rows by a superuser are all found, and the row is named where there is one', async () => {
  for (let at = 0; at < ROWS; at += 1) {
    await add(writer, `action${at}`);
    if (at % 10 === 9) await seal();
  }
  await sealAll();
  expect(Object.keys(EDITS).sort()).toEqual([...TRAIL.columns].sort());
  const { rows } = await admin.query('select row_id from access.trail_link order by position');
  const ids = rows.map(({ row_id }) => row_id as string);
  const heads = readHeads(file, 'trail');
  const random = randomOf(SEED);
  const kinds = new Map<string, number>();
  for (let round = 0; round < TAMPERINGS; round += 1) {
    const { name, sql, row } = tamper(random, ids, [...TRAIL.columns]);
    const { problem } = await inTransactionOf(
      admin,
      'begin',
      async () => {
        for (const statement of sql) await admin.query(statement);
        return await check(admin, heads);
      },
      'rollback',
    );
    kinds.set(name.replace(/^edit .*/, 'edit'), (kinds.get(name.replace(/^edit .*/, 'edit')) ?? 0) + 1);
    if (problem === null) throw new Error(`Not found (seed ${SEED}, round ${round}): ${name}`);
    if (row !== undefined) expect({ round, name, row: problem.rowId }).toEqual({ round, name, row });
  }
  expect([...kinds.keys()].sort()).toHaveLength(9);
  expect(await check()).toMatchObject({ problem: null });
});

test('GUARD whoever rewrites the whole chain lacks the key', async () => {
  const heads = readHeads(file, 'trail');
  const { problem } = await inTransactionOf(
    admin,
    'begin',
    async () => {
      await admin.query(
        `update access.trail set action = 'harmless' where id = (select row_id from access.trail_link where position = 5)`,
      );
      await admin.query('delete from access.trail_link');
      await admin.query('delete from access.trail_checkpoint');
      // Everything is sealed anew with a key of the intruder's own, and even the file is replaced.
      const again: Head[] = [];
      for (let head = await sealAnew(); head !== null; head = await sealAnew()) again.push(head);
      expect((await verifySeals(sqlOf(admin), TRAIL, { key: otherKey, heads: again })).problem).toBeNull();
      expect((await check(admin, again)).problem?.problem).toMatch(/signature|signed/);
      return await check(admin, heads);
    },
    'rollback',
  );
  expect(problem).not.toBeNull();

  async function sealAnew(): Promise<Head | null> {
    return await sealNext(sqlOf(admin), TRAIL, { key: otherKey, at: new Date() });
  }
});
