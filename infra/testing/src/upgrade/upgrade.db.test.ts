import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readChecks } from '@comptoir/billing/books/ledger/ledgerCheck.ts';
import { LEDGER } from '@comptoir/billing/books/ledger/ledgerStream.ts';
import { allMigrations, bootstrapDatabase, dropDatabase } from '@comptoir/launch/database/bootstrap.ts';
import { withClient, withDatabase } from '@comptoir/launch/postgres/adminClient.ts';
import { type Sql, verifySeals } from '@comptoir/shared/audit/seal.ts';
import { TRAIL } from '@comptoir/shared/audit/trailStream.ts';
import { SUBGRAPHS } from '@comptoir/shared/values/subgraphs.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair } from 'jose';
import pg from 'pg';
import { TEST_DATABASE, testRolePassword } from '../template.ts';
import { type TestDatabase, testDatabase, testServer } from '../testDatabase.ts';
import { catalogue } from './catalogue.ts';
import { firstRelease } from './firstRelease.ts';

/** An installation of the first release, with rows in its tables, is brought to this version. */
type Row = Record<string, unknown>;
type Tables = Record<string, Row[]>;

const SCHEMAS = ['public', 'access', ...SUBGRAPHS, ...SUBGRAPHS.map((name) => `${name}_jobs`)];
const { adminUrl } = testServer();
const database = `${TEST_DATABASE}${randomBytes(8).toString('hex')}`;
const options = { adminUrl, database, rolePassword: testRolePassword(adminUrl) };
const url = withDatabase(adminUrl, database);

let fresh: TestDatabase;
let admin: pg.Client;
/** Of each table of the first release, those that it had. */
let columns: Record<string, string[]>;
let before: Tables;
let after: Tables;
let seenBefore: string[];
let seenAfter: string[];

beforeAll(async () => {
  fresh = await testDatabase();
  const urls = await bootstrapDatabase({ ...options, migrations: await firstRelease() });
  admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await seed();
  columns = await columnsOf();
  before = await rowsOf();
  const readable = await Promise.all(SUBGRAPHS.map((name) => readableTables(urls[name].request)));
  const seen = () => Promise.all(SUBGRAPHS.map((name, at) => rowsSeen(urls[name].request, readable[at] ?? [])));
  seenBefore = (await seen()).flat();
  await bootstrapDatabase(options);
  seenAfter = (await seen()).flat();
  after = await rowsOf();
});
afterAll(async () => {
  await admin?.end();
  await fresh?.drop();
  await dropDatabase({ adminUrl, database });
});

/** Rows that the first release wrote itself, and some by hand for the tables that they left empty. */
async function seed(): Promise<void> {
  const lines = readFileSync(new URL('./firstRelease/rows.jsonl', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  const tables = Object.groupBy(
    lines.map((line): { table: string; row: Row } => JSON.parse(line)),
    ({ table }) => table,
  );
  await admin.query('begin');
  // They are what triggers made of them already.
  await admin.query('set local session_replication_role = replica');
  for (const [table, found = []] of Object.entries(tables)) {
    const columns = Object.keys(found[0]?.row ?? {}).join(', ');
    await admin.query(
      `insert into ${table} (${columns}) overriding system value
       select ${columns} from json_populate_recordset(null::${table}, $1) on conflict do nothing`,
      [JSON.stringify(found.map(({ row }) => row))],
    );
  }
  await admin.query('commit');
}

/** The columns of every table, those of the histories of migrations left out. */
async function columnsOf(): Promise<Record<string, string[]>> {
  const { rows } = await admin.query(
    `select c.oid::regclass::text as table, array_agg(quote_ident(a.attname) order by a.attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = any ($1::regnamespace[]) and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> 'migration'
       and a.attnum > 0 and not a.attisdropped group by c.oid order by 1`,
    [SCHEMAS],
  );
  return Object.fromEntries(rows.map((row) => [row.table, row.columns]));
}

async function rowsOf(): Promise<Tables> {
  const found: Tables = {};
  for (const [table, names] of Object.entries(columns)) {
    const { rows } = await admin.query(`select to_json(t) as row from (select ${names.join(', ')} from ${table}) as t`);
    found[table] = rows.map(({ row }) => row);
  }
  return found;
}

test('tables, constraints, indexes, policies, rights and functions are those of a new installation', async () => {
  const [upgraded, installed] = await Promise.all(
    [url, fresh.adminUrl].map((each) => withClient(each, (client) => catalogue(client, SCHEMAS))),
  );
  expect(Object.keys(installed?.policies ?? {}).length).toBeGreaterThan(200);
  expect(upgraded).toEqual(installed);
});

/** Open to everybody once, and to no one but a function since (`ClosedLists`). */
const CLOSED = ['access.account_network', 'access.account_zone'];

const readableTables = (asRole: string): Promise<string[]> =>
  withClient(asRole, async (client) => {
    const { rows } = await client.query(
      `select name from unnest($1::text[]) as name where has_schema_privilege(split_part(name, '.', 1), 'usage')
         and has_any_column_privilege(name, 'select')`,
      [Object.keys(columns).filter((table) => !table.includes('_jobs.') && !CLOSED.includes(table))],
    );
    return rows.map(({ name }) => name);
  });

/** How many rows of each table are there for each account, for the staff, and from an address that some keep out. */
function rowsSeen(asRole: string, tables: string[]): Promise<string[]> {
  const counts = tables
    .map((table) => `select '${table}' as table, count(*)::integer as rows from ${table}`)
    .join(' union all ');
  return withClient(asRole, async (client) => {
    const found: string[] = [];
    for (const { id, kind } of before['accounts.account'] ?? []) {
      for (const address of ['203.0.113.77', '2001:db8::1']) {
        await client.query('begin');
        await client.query(
          `select set_config('app.account', $1, true), set_config('app.staff', $2, true), set_config('app.address', $3, true),
             set_config('app.now', '2026-12-01T10:31:30Z', true)`,
          [id, kind === 'PROVIDER' ? 'on' : '', address],
        );
        const { rows } = await client.query(counts);
        await client.query('rollback');
        found.push(...rows.map((row) => `${kind} ${id} from ${address}: ${row.rows} of ${row.table}`));
      }
    }
    return found;
  });
}

test('every account sees as many rows of each table as it saw, from wherever it asks', () => {
  expect(seenBefore.length).toBeGreaterThan(500);
  expect(seenBefore.filter((line) => !/: 0 of /.test(line)).length).toBeGreaterThan(200);
  expect(seenAfter).toEqual(seenBefore);
});

/** pg-boss brings tables that this product does not use. */
const UNUSED = /_jobs\.(bam|job_dependency|queue_stats|schedule|subscription|warning)$/;

test('every table of the first release has rows', () => {
  expect(Object.keys(before).length).toBeGreaterThan(100);
  const empty = Object.keys(before).filter((table) => before[table]?.length === 0 && !UNUSED.test(table));
  expect(empty).toEqual([]);
});

/** What is in the one list and not in the other, whatever the order. */
const without = (rows: Row[] = [], others: Row[] = []): Row[] => {
  const known = new Set(others.map((row) => JSON.stringify(row)));
  return rows.filter((row) => !known.has(JSON.stringify(row)));
};
const gone = (table: string): Row[] => without(before[table], after[table]);
const come = (table: string): Row[] => without(after[table], before[table]);
const ask = async (sql: string, values: unknown[] = []): Promise<Row[]> => (await admin.query(sql, values)).rows;

test('every row is as it was, but for what migrations say that they change', () => {
  const changed = Object.keys(before).filter((table) => gone(table).length > 0 || come(table).length > 0);
  expect(changed).toEqual(['access.reach', 'accounts.partnership', 'identity.membership', 'identity.standing_history']);
});

test('the provider is a client no longer: what was asked of it is withdrawn, what was agreed ends, and stays to be asked', () => {
  const [asked, agreed] = gone('accounts.partnership').toSorted((a, b) =>
    String(a.status) < String(b.status) ? 1 : -1,
  );
  const over = come('accounts.partnership');
  expect(over).toHaveLength(2);
  expect(over).toContainEqual({ ...asked, status: 'WITHDRAWN', answered_at: expect.any(String) });
  expect(over).toContainEqual({ ...agreed, status: 'ENDED', ended_at: expect.any(String) });
  const ended = over.find(({ status }) => status === 'ENDED')?.ended_at;
  expect(gone('access.reach').map(({ partnership_id }) => partnership_id)).toEqual([agreed?.id, agreed?.id]);
  expect(
    come('access.reach')
      .map(({ area }) => area)
      .toSorted(),
  ).toEqual(['LINK', 'TRACKERS']);
  expect(typeof ended).toBe('string');
});

test('a contact who was made more is a CLIENT, within its ceiling', () => {
  const [was, ...others] = gone('identity.membership');
  expect(others).toEqual([]);
  expect(was).toMatchObject({ role: 'ADMIN', contact_id: null });
  const [is] = come('identity.membership');
  expect(is).toEqual({ ...was, role: 'CLIENT', contact_id: expect.any(String), areas: expect.any(Array) });
  expect(is?.areas).toContain('BILLING:READ');
  expect(is?.areas).not.toContain('BILLING:WRITE');
});

test('histories are written on, and nothing of them is written over', () => {
  expect(gone('identity.standing_history')).toEqual([]);
  const kinds = come('identity.standing_history').map(({ kind }) => kind);
  expect(new Set(kinds)).toEqual(new Set(['CONTACT', 'MEMBERSHIP', 'TOTP']));
});

test('what is new says of old rows what is known of them', async () => {
  expect(
    await ask(`select bool_and(created_by = user_id and secret_by = user_id) as made, count(previous_by)::integer as rotated,
      bool_and((previous_by is null) = (previous_hash is null)) as known from identity.api_key`),
  ).toEqual([{ made: true, rotated: 1, known: true }]);
  expect(
    await ask('select bool_or(no_title or no_email or no_phone or no_mobile) as says from identity.contact'),
  ).toEqual([{ says: false }]);
  expect(await ask('select bool_or(second_factor) as asked from access.reach')).toEqual([{ asked: false }]);
  expect(await ask('select bool_or(second_factor_required) as asked from accounts.partnership')).toEqual([
    { asked: false },
  ]);
  expect(
    await ask(`select from identity.invitation i where i.given_by is distinct from i.invited_by or (i.given_via is null) <> (
      select count(*) <> 1 and not bool_or(m.account_id = i.account_id) from identity.membership m
      where m.user_id = i.invited_by and m.status = 'ACTIVE')`),
  ).toEqual([]);
  expect(
    await ask(`select from billing.wallet w where w.opened_at > coalesce((
      select min(e.booked_at) from billing.ledger_entry e where e.wallet_id = w.id), 'infinity')`),
  ).toEqual([]);
  expect(
    await ask(`select t.id from trackers.tracker t full join trackers.tracker_place p on p.tracker_id = t.id
      where t.branch_id is distinct from p.branch_id or upper(p.valid) is not null`),
  ).toEqual([]);
});

test.each([
  ['identity.invitation', 'created_at'],
  ['billing.lot', 'granted_at'],
  ['billing.catalogue_limit', 'set_at'],
  ['billing.catalogue_price', 'effective_from, set_at'],
  ['billing.credit_pack_price', 'effective_from, set_at'],
  ['billing.reseller_discount', 'set_at'],
  ['billing.commission_terms', 'valid_from'],
  ['billing.subscription_change', 'changed_at'],
])('%s: the order that is counted now is the one that was read', async (table, instants) => {
  const [orders] = await ask(
    `select array_agg(id order by seq) as counted, array_agg(id order by ${instants}, id) as read from ${table}`,
  );
  expect(orders?.counted).not.toBeNull();
  expect(orders?.counted).toEqual(orders?.read);
  const [next] = await ask(
    `select nextval(pg_get_serial_sequence('${table}', 'seq')) > max(seq) as further from ${table}`,
  );
  expect(next).toEqual({ further: true });
});

test('the books are sound, by every check', async () => {
  for (const { name, sql } of readChecks()) expect([name, await ask(sql)]).toEqual([name, []]);
});

test.each([
  ['the ledger', LEDGER, 46],
  ['the trail', TRAIL, 55],
])('%s still has the hashes that it was sealed with', async (_title, stream, sealed) => {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const key = await exportJWK(privateKey);
  const sql: Sql = async (text, values) => (await admin.query(text, values)).rows ?? [];
  await sql('begin isolation level repeatable read');
  const found = await verifySeals(sql, stream, { key, heads: [] });
  await sql('rollback');
  // The key that signed the head stayed with its installation.
  expect(found).toMatchObject({ rows: sealed, problem: { problem: 'the signature of checkpoint 1 is not ours' } });
});

test('histories are those of a new installation, and a further start runs nothing', async () => {
  const said: string[] = [];
  await bootstrapDatabase({ ...options, log: { info: (sentence) => void said.push(sentence) } });
  expect(said).toEqual([]);
  for (const [schema, migrations] of await allMigrations()) {
    const names = await ask(`select name from ${schema}.migration order by id`);
    expect(names).toEqual(migrations.map(({ name }) => ({ name })));
  }
});
