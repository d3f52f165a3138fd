import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sealLedger } from '@comptoir/billing/books/ledger/sealLedger.ts';
import { type BooksFixture, openBooks } from '@comptoir/billing/testing/booksFixture.ts';
import { randomOf } from '@comptoir/billing/testing/tampering.ts';
import { makeVariedBooks } from '@comptoir/billing/testing/variedBooks.ts';
import { rowText } from '@comptoir/shared/audit/sealManifest.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exportJWK, generateKeyPair } from 'jose';
import type { EntityManager } from 'typeorm';
import {
  exportLedgerTo,
  type LedgerHouse,
  readKey,
  rebuildLedger,
  verifyExportFile,
  verifyLedger,
} from './ledgerCommands.ts';
import { verifyLines } from './verifyExport.ts';

let books: BooksFixture;
let folder: string;
let installation: LedgerHouse;
let exported: string;
let lines: string[];
let said: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'comptoir-ledger-'));
  const headsFile = join(folder, 'heads.jsonl');
  books = await openBooks({ config: { ledgerHeads: headsFile }, graph: false });
  installation = {
    key: books.config.sealingKey,
    headsFile,
    say: (sentence) => void said.push(sentence),
    // The owner's connection for both: what the commands do is proved here, not who may.
    async inDatabase(isolation, work) {
      await books.admin.query(`begin isolation level ${isolation}`);
      try {
        const query = async (sql: string, values?: unknown[]) => (await books.admin.query(sql, values)).rows ?? [];
        return await work({ query } as unknown as EntityManager);
      } finally {
        await books.admin.query('commit');
      }
    },
  };
  await makeVariedBooks(books, 2);
  await sealAll();
  await makeVariedBooks(books, 2);
  await sealAll();
  exported = join(folder, 'ledger.jsonl');
  await exportLedgerTo(installation, exported);
  lines = (await readFile(exported, 'utf8')).trimEnd().split('\n');
});
afterAll(async () => {
  await books.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A transaction of another test's database on the same server may hold rows back for a moment. */
async function sealAll(): Promise<void> {
  const left =
    'select from ledger_transaction t where not exists (select from ledger_transaction_link l where l.row_id = t.id)';
  await until(async () => {
    await sealLedger(books.work, newId(), books.config);
    return (await books.admin.query(left)).rowCount === 0;
  }, 'everything to be sealed');
}

async function heard(work: () => Promise<boolean>): Promise<{ sound: boolean; said: string }> {
  said = [];
  const sound = await work();
  return { sound, said: said.join('\n') };
}

test('N03 the export is verified without a database, with the public key alone', async () => {
  const { d: _private, ...publicKey } = books.config.sealingKey;
  const keyFile = join(folder, 'key.json');
  await writeFile(keyFile, JSON.stringify(publicKey));
  const found = await heard(() => verifyExportFile({ ...installation, key: readKey(keyFile) }, exported));
  expect(found.sound).toBe(true);
  expect(found.said).toMatch(
    /^44 sealed transactions, \d+ checkpoints, \d+ heads .*; 0 transactions were not sealed yet\.\nThe export is sound\.$/s,
  );
  expect(lines.join('\n')).not.toContain(`"d":`);
});

test('N03 an export says which rows were not sealed yet', async () => {
  await makeVariedBooks(books, 1);
  const file = join(folder, 'unsealed.jsonl');
  await exportLedgerTo(installation, file);
  const found = await heard(() => verifyExportFile(installation, file));
  expect(found).toMatchObject({ sound: true, said: expect.stringContaining('11 transactions were not sealed yet') });
  await sealAll();
});

test('N03 an export of another key, of no ledger, or of another format is refused', async () => {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const other = await verifyLines(lines, { key: await exportJWK(privateKey), heads: [] });
  expect(other.problem?.problem).toMatch(/not signed by us|is not ours/);
  await expect(verifyLines(['{"format":"something else"}'], { key: installation.key, heads: [] })).rejects.toThrow(
    /That is no/,
  );
  await expect(verifyLines([lines[0] as string, '{'], { key: installation.key, heads: [] })).rejects.toThrow(/Line 2/);
});

test('N03 whatever a column says, a row has one text: PostgreSQL’s and the verifier’s are the same', async () => {
  const text = fc.array(fc.option(fc.string({ unit: 'binary', maxLength: 20 }), { nil: null }), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(text, async (columns) => {
      // PostgreSQL has no text with a NUL or half a surrogate pair.
      const values = columns.map((value) => value?.replaceAll('\0', '').toWellFormed() ?? null);
      const { rows } = await books.admin.query(
        `select json_build_array(${values.map((_value, at) => `$${at + 1}::text`).join(', ')})::text as text`,
        values,
      );
      expect(rowText(values)).toBe(rows[0].text);
    }),
    { numRuns: 300, examples: [[['\u2028 \u007f \u0001 \b \f \n \r \t " \\ / é 😀']]] },
  );
});

/** Lines between the header with its heads and checkpoints and the end. */
const bodyFrom = () => lines.findIndex((line) => line.startsWith('{"table"'));

/** What could be done to an export; returns the lines, and the id that must be named where one can be. */
function tamper(random: (below: number) => number): { name: string; lines: string[]; row?: string } {
  const from = bodyFrom();
  const at = from + random(lines.length - 1 - from);
  const line = lines[at] as string;
  const parsed = JSON.parse(line) as { table?: string; row?: Record<string, string | null>; link?: { rowId: string } };
  const idOf = (row: Record<string, string | null>): string => (row.id ?? row.event_id) as string;
  const written = (row: object): string[] => lines.with(at, JSON.stringify({ ...parsed, row }));
  switch (random(6)) {
    case 0: {
      if (parsed.row === undefined) return { name: 'remove a link', lines: lines.toSpliced(at, 1) };
      return { name: 'remove a row', lines: lines.toSpliced(at, 1) };
    }
    case 1: {
      if (parsed.row === undefined) return { name: 'remove a link', lines: lines.toSpliced(at, 1) };
      const columns = Object.keys(parsed.row).filter((column) => column !== 'id' && column !== 'event_id');
      const column = columns[random(columns.length)] as string;
      return {
        name: 'edit a column',
        lines: written({ ...parsed.row, [column]: `${parsed.row[column] ?? ''}1` }),
        row: idOf(parsed.row),
      };
    }
    case 2:
      if (parsed.row === undefined) return { name: 'repeat a link', lines: lines.toSpliced(at, 0, line) };
      return { name: 'add a column', lines: written({ ...parsed.row, more: 'x' }), row: idOf(parsed.row) };
    case 3:
      return { name: 'cut the tail', lines: lines.slice(0, at) };
    case 4: {
      const end = lines.at(-1) as string;
      return { name: 'cut the tail but for its end', lines: [...lines.slice(0, at), end] };
    }
    default: {
      const heads = from - 1;
      const head = 1 + random(heads);
      return {
        name: 'edit a head or checkpoint',
        lines: lines.with(head, (lines[head] as string).replace(/"hash":"./, '"hash":"z')),
      };
    }
  }
}

test('GUARD 1,000 random tamperings of the export are all found, and the row is named where there is one', async () => {
  const random = randomOf(Number(process.env.SEAL_SEED ?? 20_261_122));
  const kinds = new Set<string>();
  for (let round = 0; round < 1_000; round += 1) {
    const tampered = tamper(random);
    kinds.add(tampered.name);
    const { problem } = await verifyLines(tampered.lines, { key: installation.key, heads: [] });
    if (problem === null) throw new Error(`Not found in round ${round}: ${tampered.name}`);
    if (tampered.row !== undefined) expect({ round, row: problem.rowId }).toEqual({ round, row: tampered.row });
  }
  expect(kinds.size).toBe(8);
  expect((await verifyLines(lines, { key: installation.key, heads: [] })).problem).toBeNull();
});

test('N03 ledger verify says that all is sound, or which row is not, and which check fails', async () => {
  expect(await heard(() => verifyLedger(installation))).toMatchObject({
    said: expect.stringContaining('55 sealed transactions'),
  });
  const { rows } = await books.admin.query('select row_id as id from ledger_transaction_link where position = 7');
  await books.admin.query(`update ledger_transaction set cause = cause || '{"a": "b"}' where id = $1`, [rows[0].id]);
  const found = await heard(() => verifyLedger(installation));
  await books.admin.query(`update ledger_transaction set cause = cause - 'a' where id = $1`, [rows[0].id]);
  expect(found.sound).toBe(false);
  expect(found.said).toContain(`Place 7, row ${rows[0].id}: the row, its place or its link was changed.`);
});

const SPOILED = {
  lot_remaining: 'update lot set remaining = 0 where remaining > 1',
  wallet_balance: 'update wallet set balance = balance + 1',
  credit_movement: `delete from credit_movement where credits = 50`,
  wallet_hour: 'update wallet_hour set credits = credits + 1',
  invoice_state: 'update invoice_state set paid = 1, paid_at = null, credited_net = 0, credited_tax = 0 where paid > 1',
};

test('N03 a rebuild makes every projection equal to the books; --check only says what differs', async () => {
  expect((await heard(() => rebuildLedger(installation, true))).said).not.toContain('differ');
  const held = async (): Promise<unknown[]> =>
    (
      await books.admin.query(
        `select (select json_agg(l order by id) from lot l) as lots, (select json_agg(w order by id) from wallet w) as wallets,
                (select json_agg(m order by wallet_id, transaction_id) from credit_movement m) as movements,
                (select json_agg(h order by wallet_id, hour) from wallet_hour h) as hours,
                (select json_agg(s order by invoice_id) from invoice_state s) as invoices`,
      )
    ).rows;
  const before = await held();
  for (const sql of Object.values(SPOILED)) await books.admin.query(sql);
  const checked = await heard(() => rebuildLedger(installation, true));
  expect(checked.sound).toBe(false);
  for (const name of Object.keys(SPOILED))
    expect(checked.said).toMatch(new RegExp(`${name}: \\d+ differ\\. The first: The `));
  expect(await held()).not.toEqual(before);
  const rebuilt = await heard(() => rebuildLedger(installation, false));
  expect(rebuilt.sound).toBe(true);
  expect(rebuilt.said).toContain('put right');
  expect(await held()).toEqual(before);
  expect((await heard(() => rebuildLedger(installation, true))).sound).toBe(true);
});

test('N03 a rebuild while others charge loses nothing', async () => {
  const { rows } = await books.admin.query(
    `select account_id as "payerId" from wallet where kind = 'TRACKER' order by balance desc limit 1`,
  );
  const { payerId } = rows[0];
  const charge = () =>
    books.chargeEvents([
      {
        eventId: newId(),
        payerId,
        ownerId: payerId,
        trackerId: newId(),
        credits: 1,
        occurredAt: '2026-11-22T09:59:00.000Z',
      },
    ]);
  await books.admin.query(SPOILED.wallet_balance);
  await books.admin.query(SPOILED.wallet_hour);
  const [, ...charged] = await Promise.all([rebuildLedger(installation, false), ...Array.from({ length: 20 }, charge)]);
  expect(charged.flat().map(({ refusal }) => refusal)).toEqual(Array(20).fill(null));
  expect((await heard(() => rebuildLedger(installation, true))).sound).toBe(true);
  expect((await heard(() => verifyLedger(installation))).said).toContain('The ledger is sound');
});
