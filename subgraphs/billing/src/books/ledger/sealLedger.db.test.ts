import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHeads, type SealReport, verifySeals } from '@comptoir/shared/audit/seal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BooksFixture, openBooks } from '../../testing/booksFixture.ts';
import { EDITS, randomOf, TAMPERINGS, tamper } from '../../testing/tampering.ts';
import { makeVariedBooks } from '../../testing/variedBooks.ts';
import { LEDGER } from './ledgerStream.ts';
import { sealLedger } from './sealLedger.ts';

let books: BooksFixture;
let folder: string;
let file: string;
const SEED = Number(process.env.SEAL_SEED ?? 20_261_122);
const ROUNDS = 1_000;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'comptoir-ledger-'));
  file = join(folder, 'heads.jsonl');
  books = await openBooks({ config: { ledgerHeads: file }, graph: false });
});
afterAll(async () => {
  await books.stop();
  await rm(folder, { recursive: true, force: true });
});

const seal = () => sealLedger(books.work, newId(), books.config);

/** Seals everything. A transaction of another test's database on the same server may hold rows back for a moment. */
async function sealAll(): Promise<void> {
  await until(async () => {
    await seal();
    const { rowCount } = await books.admin.query(
      'select from ledger_transaction t where not exists (select from ledger_transaction_link l where l.row_id = t.id)',
    );
    return rowCount === 0;
  }, 'everything to be sealed');
}

const verify = (heads = readHeads(file, 'ledger')): Promise<SealReport> =>
  verifySeals(async (sql, values) => (await books.admin.query(sql, values)).rows ?? [], LEDGER, {
    key: books.config.sealingKey,
    heads,
  });

async function undone<T>(work: () => Promise<T>): Promise<T> {
  await books.admin.query('begin');
  try {
    return await work();
  } finally {
    await books.admin.query('rollback');
  }
}

test('N03 what was booked is sealed with its head outside the database; again, nothing is left to do', async () => {
  await makeVariedBooks(books, 3);
  await sealAll();
  await makeVariedBooks(books, 3);
  await sealAll();
  expect(await seal()).toBe(0);
  const {
    rows: [{ count }],
  } = await books.admin.query('select count(*)::integer as count from ledger_transaction');
  const found = await verify();
  expect(found).toMatchObject({ rows: count, unsealed: 0, problem: null });
  expect(found.heads).toBe(found.checkpoints);
  expect(found.heads).toBeGreaterThanOrEqual(2);
});

test('N03 a crash between the seal and the file is made good by the next round', async () => {
  const before = await readFile(file, 'utf8');
  await makeVariedBooks(books, 1);
  await sealAll();
  await writeFile(file, before);
  await makeVariedBooks(books, 1);
  await sealAll();
  const { heads, checkpoints, problem } = await verify();
  expect({ heads, problem }).toEqual({ heads: checkpoints, problem: null });
});

test('N03 the seal says all that is written of a table that belongs to the ledger, but for what moves', async () => {
  const { rows } = await books.admin.query(
    `select table_name as name, array_agg(column_name::text order by column_name) as columns from information_schema.columns
     where table_schema = 'billing' and table_name = any($1) group by table_name`,
    [[...(LEDGER.parts ?? []).map(({ table }) => table), 'ledger_transaction']],
  );
  // Since when there is a wallet is no money: it answers questions about the past (N08).
  const moves: Record<string, string[]> = { wallet: ['balance', 'opened_at'], lot: ['remaining'] };
  // What places a row beside its transaction, or is made of other columns, needs no word of its own.
  const implied = ['transaction_id', 'series', 'sequence', 'xid', 'seq'];
  const sealed = new Map(
    (LEDGER.parts ?? []).map(({ table, columns }) => [table, columns.map((column) => column.slice(2))]),
  );
  sealed.set('ledger_transaction', ['id', ...LEDGER.columns]);
  for (const { name, columns } of rows)
    expect({
      name,
      left: columns.filter((column: string) => !sealed.get(name)?.includes(column) && !implied.includes(column)),
    }).toEqual({
      name,
      left: moves[name] ?? [],
    });
  expect(rows).toHaveLength(9);
});

test('GUARD 1,000 random tamperings of sealed rows by a superuser are all found, and the row is named where there is one', async () => {
  const heads = readHeads(file, 'ledger');
  const rows = await sealedRows();
  const random = randomOf(SEED);
  const kinds = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const { name, sql, row } = tamper(random, rows);
    const { problem } = await undone(async () => {
      for (const statement of sql) await books.admin.query(statement);
      return await verify(heads);
    });
    kinds.set(name, (kinds.get(name) ?? 0) + 1);
    if (problem === null) throw new Error(`Not found (seed ${SEED}, round ${round}): ${name}: ${sql.join('; ')}`);
    if (row !== undefined) expect({ round, name, row: problem.rowId }).toEqual({ round, name, row });
  }
  expect([...kinds.keys()].sort()).toEqual([...TAMPERINGS].sort());
  expect(await verify(heads)).toMatchObject({ problem: null });
}, 180_000);

test('N03 a lot of another expiry, a wallet of another account, a charge of another tracker are named', async () => {
  const named = async (table: string, id: string, edit: string): Promise<string | null | undefined> => {
    const { rows } = await books.admin.query(
      `select p.${id} as id from ${table} p join ${table === 'charge' ? 'ledger_transaction_link l on l.row_id = p.transaction_id' : 'ledger_entry e on true join ledger_transaction_link l on l.row_id = e.transaction_id'}
       ${table === 'charge' ? '' : `where e.${table}_id = p.id`} limit 1`,
    );
    return await undone(async () => {
      await books.admin.query(`update ${table} set ${edit} where ${id} = $1`, [rows[0].id]);
      const { problem } = await verify();
      return problem?.rowId === rows[0].id ? problem?.problem : null;
    });
  };
  expect(await named('lot', 'id', `expires_at = '2999-01-01'`)).toMatch(/^the lot .* was changed$/);
  expect(await named('wallet', 'id', 'account_id = uuidv7()')).toMatch(/^the wallet .* was changed$/);
  expect(await named('charge', 'event_id', 'tracker_id = uuidv7()')).toMatch(/^the charge .* was changed$/);
  // What moves is not sealed: the checks compare it with what is.
  expect(await named('lot', 'id', 'remaining = original')).toBeNull();
});

test('N03 a part that a sealed credit note did not have is named', async () => {
  const part = newId();
  const added = await undone(async () => {
    await books.admin.query(
      `insert into credit_note_part (id, credit_note_id, invoice_id, tax_basis_points, net, tax)
       select $1, i.id, null, 0, 1, 0 from invoice i join ledger_transaction_link l on l.row_id = i.transaction_id where i.kind = 'CREDIT_NOTE' limit 1`,
      [part],
    );
    return (await verify()).problem;
  });
  expect(added).toMatchObject({ rowId: part, problem: expect.stringMatching(/^the credit_note_part .* was added/) });
});

test('N03 no role of the application changes or removes a link or checkpoint', async () => {
  for (const role of ['comptoir_billing', 'comptoir_billing_system']) {
    for (const table of ['ledger_transaction_link', 'ledger_transaction_checkpoint']) {
      for (const sql of [`update ${table} set position = position`, `delete from ${table}`, `truncate ${table}`]) {
        const tried = undone(async () => {
          await books.admin.query(`set local role ${role}`);
          await books.admin.query(sql);
        });
        await expect(tried).rejects.toThrow(/permission denied/);
      }
    }
  }
});

async function sealedRows() {
  const idsOf = async (sql: string): Promise<string[]> => (await books.admin.query(sql)).rows.map(({ id }) => id);
  const of = (table: string, id: string) =>
    idsOf(
      `select p.${id} as id from ${table} p join ledger_transaction_link l on l.row_id = p.transaction_id order by l.position, p.${id}`,
    );
  expect(Object.keys(EDITS)).toEqual(['ledger_transaction', 'ledger_entry', 'charge', 'invoice']);
  return {
    ledger_transaction: await idsOf('select row_id as id from ledger_transaction_link order by position'),
    ledger_entry: await of('ledger_entry', 'id'),
    charge: await of('charge', 'event_id'),
    invoice: await of('invoice', 'id'),
  };
}
