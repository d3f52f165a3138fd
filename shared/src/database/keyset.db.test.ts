import { type TestDatabase, testDatabase } from '@comptoir/testing/testDatabase.ts';
import { personViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { type DataSource, EntitySchema } from 'typeorm';
import { createLog } from '../process/log.ts';
import { connection, type Page } from '../protocol/pagination.ts';
import { newId } from '../values/uuid.ts';
import { addressColumn, bigintColumn, columnsOf, countColumn } from './columns.ts';
import { openDatabase } from './database.ts';
import { type KeysetList, loadKeysetPages } from './keyset.ts';
import { lockRow } from './lockRow.ts';
import { inTransaction, type Work } from './transaction.ts';

type Row = {
  id: string;
  ownerId: string;
  name: string;
  madeAt: Date;
  day: string;
  amount: bigint;
  uses: number;
  address: string;
};
const Table = new EntitySchema<Row & { secret?: string }>({
  name: 'thing',
  columns: {
    id: { type: 'uuid', primary: true },
    ownerId: { type: 'uuid', name: 'owner_id' },
    name: { type: 'text' },
    madeAt: { type: 'timestamptz', name: 'made_at' },
    day: { type: 'date' },
    amount: bigintColumn,
    uses: countColumn,
    address: addressColumn,
    secret: { type: 'text', select: false },
  },
});

let testDb: TestDatabase;
let database: DataSource;
const [one, two, nobody] = [newId(), newId(), newId()];
/** Seven of each of two owners; some share an instant. */
const rows: Row[] = [one, two].flatMap((ownerId) =>
  Array.from({ length: 7 }, (_, at) => ({
    id: newId(),
    ownerId,
    name: `thing ${at}`,
    madeAt: new Date(Date.UTC(2026, 0, 1 + Math.floor(at / 3))),
    day: `2026-03-${29 + (at % 3)}`,
    amount: 9_007_199_254_740_993n + BigInt(at),
    uses: at,
    address: `10.0.0.${at}`,
  })),
);

beforeAll(async () => {
  testDb = await testDatabase();
  database = await openDatabase({
    url: testDb.adminUrl,
    name: 'keyset test',
    entities: [Table],
    poolSize: 1,
    log: createLog('test', { level: 'silent' }),
  });
  await database.query(`create table public.thing (id uuid primary key, owner_id uuid not null, name text not null,
    made_at timestamptz not null, day date not null, amount bigint not null, uses bigint not null, address inet not null, secret text not null)`);
  await database.manager.insert(
    Table,
    rows.map((row) => ({ ...row, address: `${row.address}/8`, secret: 'hidden' })),
  );
});
afterAll(async () => {
  await database.destroy();
  await testDb.drop();
});

const list = (descending: boolean): KeysetList => ({
  select: columnsOf(Table, 't'),
  from: 'thing t',
  where: 't.owner_id = owner.id and ($1::text is null or t.name <> $1)',
  keys: [
    { by: 't.made_at', kind: 'instant' },
    { by: 't.id', kind: 'id' },
  ],
  descending,
});
const [oldestFirst, newestFirst] = [list(false), list(true)];

const load = (of: KeysetList, owners: string[], page: Page, without: string | null = null): Promise<Row[]> =>
  inTransaction(database, { viewer: personViewer({ accountId: one }), now: new Date() }, (tx) =>
    loadKeysetPages<Row>(tx, of, { owners, page, values: [without] }),
  );

test('a row has the fields of its table: instants, days, amounts without loss, counts as numbers, addresses, and nothing hidden', async () => {
  const [row] = await load(oldestFirst, [one], { first: 1, after: null });
  expect(row).toEqual(rows[0]);
  expect(await database.manager.findOneBy(Table, { id: row?.id as string })).toEqual(rows[0]);
});

test('fields that are named are read in their order, hidden ones too', async () => {
  const fields = columnsOf(Table, 't', ['secret', 'ownerId']);
  const [row] = await database.query(`select ${fields} from thing t where t.id = $1`, [rows[0]?.id]);
  expect(Object.entries(row)).toEqual([
    ['secret', 'hidden'],
    ['ownerId', one],
  ]);
});

test('a row is locked until the commit, with the fields that are asked for', async () => {
  const { id } = rows[0] as Row;
  const inTx = <T>(work: Work<T>): Promise<T> =>
    inTransaction(database, { viewer: personViewer({ accountId: one }), now: new Date() }, work);
  const asked = { id: true, secret: true };
  expect(await inTx((tx) => lockRow(tx, Table, { id }, asked))).toEqual({ id, secret: 'hidden' });
  expect(await inTx((tx) => lockRow(tx, Table, { id }))).toEqual(rows[0]);
  expect(await inTx((tx) => lockRow(tx, Table, { id: newId() }))).toBeNull();
  const other = new pg.Client({ connectionString: testDb.adminUrl });
  await other.connect();
  await inTx(async (tx) => {
    await lockRow(tx, Table, { id }, { id: true });
    const free = await other.query('select id from thing where owner_id = $1 for update skip locked', [one]);
    expect(free.rows.map((row) => row.id)).toEqual(rows.slice(1, 7).map((row) => row.id));
  });
  await other.end();
});

test.each([undefined, null])('a condition without a value, %s, is refused: it would be left out', async (value) => {
  const where = { ownerId: value as unknown as string };
  const { manager } = database;
  const said = /value encountered in property '(?:\w+\.)?ownerId'/;
  await expect(manager.findOneBy(Table, where)).rejects.toThrow(said);
  await expect(manager.findBy(Table, { ...where, name: 'thing 1' })).rejects.toThrow(said);
  await expect(manager.existsBy(Table, where)).rejects.toThrow(said);
  await expect(manager.countBy(Table, where)).rejects.toThrow(said);
  await expect(manager.update(Table, where, { name: 'changed' })).rejects.toThrow(said);
  await expect(manager.delete(Table, where)).rejects.toThrow(said);
  await expect(manager.transaction((tx) => lockRow(tx, Table, where))).rejects.toThrow(said);
  expect(await manager.count(Table)).toBe(rows.length);
});

test('owners come in the order asked for, each with its own page and one row more', async () => {
  const found = await load(newestFirst, [two, nobody, one], { first: 2, after: null });
  expect(found.map(({ ownerId }) => ownerId)).toEqual([two, two, two, one, one, one]);
});

test.each([
  ['oldest first', oldestFirst, rows.slice(0, 7)],
  ['newest first', newestFirst, rows.slice(0, 7).reverse()],
])('pages behind each other hold every row once, %s', async (_name, of, expected) => {
  const seen: string[] = [];
  for (let page: Page = { first: 2, after: null }; ; ) {
    const { nodes, edges, pageInfo } = connection(await load(of, [one], page), page, (row) => [
      row.madeAt.toISOString(),
      row.id,
    ]);
    seen.push(...nodes.map(({ id }) => id));
    if (!pageInfo.hasNextPage) break;
    page = { first: 2, after: JSON.parse(Buffer.from(edges.at(-1)?.cursor as string, 'base64url').toString()) };
  }
  expect(seen).toEqual(expected.map(({ id }) => id));
});

test('the list’s own values come first', async () => {
  const found = await load(oldestFirst, [one], { first: 10, after: null }, 'thing 3');
  expect(found.map(({ name }) => name)).toEqual(['thing 0', 'thing 1', 'thing 2', 'thing 4', 'thing 5', 'thing 6']);
});

const byUses: KeysetList = {
  select: columnsOf(Table, 't'),
  from: 'thing t',
  where: 't.owner_id <> $1',
  keys: [
    { by: 't.uses', kind: 'number' },
    { by: 't.id', kind: 'id' },
  ],
};

test('a list without owners has one page, also behind a number', async () => {
  const all = rows.filter(({ ownerId }) => ownerId === two).map(({ uses }) => uses);
  const page = async (first: number, after: string[] | null): Promise<Row[]> =>
    await inTransaction(database, { viewer: personViewer({ accountId: one }), now: new Date() }, (tx) =>
      loadKeysetPages<Row>(tx, byUses, { page: { first, after }, values: [one] }),
    );
  const found = await page(2, null);
  expect(found.map(({ uses }) => uses)).toEqual(all.slice(0, 3));
  const [, second] = found;
  const rest = await page(10, [String(second?.uses), second?.id as string]);
  expect(rest.map(({ uses }) => uses)).toEqual(all.slice(2));
});
