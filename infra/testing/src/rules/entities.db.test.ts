import { entities as accounts } from '@comptoir/accounts/tables.ts';
import { entities as billing } from '@comptoir/billing/tables.ts';
import { entities as identity } from '@comptoir/identity/tables.ts';
import { openDatabase } from '@comptoir/shared/database/database.ts';
import { createLog } from '@comptoir/shared/process/log.ts';
import { SUBGRAPHS } from '@comptoir/shared/values/subgraphs.ts';
import { entities as trackers } from '@comptoir/trackers/tables.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import type { EntitySchema } from 'typeorm';
import { type TestDatabase, testDatabase } from '../testDatabase.ts';

/**
 * Every table has an `EntitySchema`, and both say the same: what TypeORM writes for it is right, and a new column is
 * not forgotten.
 */
let database: TestDatabase;
let admin: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

const ENTITIES: Record<(typeof SUBGRAPHS)[number], EntitySchema<any>[]> = { identity, accounts, billing, trackers };

/** Tables without an `EntitySchema`, each with the reason. A pattern is for tables of a package. */
const OTHERS: [RegExp, string][] = [
  [/^\w+\.migration$/, 'which migrations ran: TypeORM’s own, which it makes and reads by itself'],
  [/^\w+_jobs\./, 'pg-boss’s own tables, which it reads by itself; `enqueue` is a function'],
];

type Column = { type: string; nullable: boolean; primary: boolean };
type Tables = Map<string, Map<string, Column>>;

function tableOf(tables: Tables, name: string): Map<string, Column> {
  const columns = tables.get(name) ?? new Map<string, Column>();
  tables.set(name, columns);
  return columns;
}

async function inDatabase(): Promise<Tables> {
  const { rows } = await admin.query(
    `select n.nspname || '.' || c.relname as "table", a.attname as name, format_type(a.atttypid, null) as type,
            not a.attnotnull as nullable, coalesce(a.attnum = any (p.conkey), false) as "primary"
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     left join pg_constraint p on p.conrelid = c.oid and p.contype = 'p'
     where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`,
  );
  const tables: Tables = new Map();
  for (const { table, name, ...column } of rows) {
    if (!OTHERS.some(([pattern]) => pattern.test(table))) tableOf(tables, table).set(name, column);
  }
  return tables;
}

/** As TypeORM understands them, with the names of PostgreSQL's types. */
async function inSchemas(): Promise<Tables> {
  const tables: Tables = new Map();
  for (const subgraph of SUBGRAPHS) {
    const entities = ENTITIES[subgraph];
    const log = createLog('test', { level: 'silent' });
    const source = await openDatabase({ url: database.adminUrl, name: 'entities', entities, poolSize: 1, log });
    for (const { schema = subgraph, tableName, columns } of source.entityMetadatas) {
      for (const column of columns) {
        tableOf(tables, `${schema}.${tableName}`).set(column.databaseName, {
          type: source.driver.normalizeType(column) + (column.isArray ? '[]' : ''),
          nullable: column.isNullable,
          primary: column.isPrimary,
        });
      }
    }
    await source.destroy();
  }
  return tables;
}

const inWords = (column: Column | undefined): string =>
  column === undefined
    ? 'nothing'
    : `${column.type}${column.nullable ? '' : ' not null'}${column.primary ? ' primary key' : ''}`;

/** Where tables and schemas differ; of a table that has no schema, or a schema without a table, that alone. */
async function differences(): Promise<string[]> {
  const [tables, schemas] = [await inDatabase(), await inSchemas()];
  return [...new Set([...tables.keys(), ...schemas.keys()])].sort().flatMap((name) => {
    const [table, schema] = [tables.get(name), schemas.get(name)];
    if (schema === undefined) return [`${name} has no EntitySchema`];
    if (table === undefined) return [`${name} is no table`];
    return [...new Set([...table.keys(), ...schema.keys()])].sort().flatMap((column) => {
      const [is, says] = [inWords(table.get(column)), inWords(schema.get(column))];
      return is === says ? [] : [`${name}.${column} is ${is}, its EntitySchema says ${says}`];
    });
  });
}

test('every table has an EntitySchema that says what its columns are', async () => {
  expect((await inDatabase()).size).toBeGreaterThan(70);
  expect(await differences()).toEqual([]);
});

test('what differs is found', async () => {
  const before = await differences();
  await admin.query(`
    create table trackers.forgotten (id uuid primary key);
    alter table trackers.tracker add column colour text not null, alter column activated_at set not null,
      drop column branch_id cascade, alter column kind type varchar, drop constraint tracker_pkey cascade;
    drop table trackers.tracker_place`);
  expect((await differences()).filter((one) => !before.includes(one))).toEqual([
    'trackers.forgotten has no EntitySchema',
    'trackers.tracker.activated_at is timestamp with time zone not null, its EntitySchema says timestamp with time zone',
    'trackers.tracker.branch_id is nothing, its EntitySchema says uuid',
    'trackers.tracker.colour is text not null, its EntitySchema says nothing',
    'trackers.tracker.id is uuid not null, its EntitySchema says uuid not null primary key',
    'trackers.tracker.kind is character varying not null, its EntitySchema says text not null',
    'trackers.tracker_place is no table',
  ]);
});
