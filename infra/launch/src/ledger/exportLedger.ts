import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LEDGER } from '@comptoir/billing/books/ledger/ledgerStream.ts';
import { allCheckpoints, PLAIN_TEXT, type Sql } from '@comptoir/shared/audit/seal.ts';
import type { Head } from '@comptoir/shared/audit/sealChain.ts';
import { type Part, partsSql } from '@comptoir/shared/audit/sealManifest.ts';
import type { JWK } from 'jose';

/** What the first line of an export says. */
export const FORMAT = 'comptoir ledger export 1';

/** Transactions of one step: one may have 5,000 charges. */
const STEP = 50;

export const PARTS: readonly Part[] = LEDGER.parts ?? [];
/** The tables of an export, each with its columns in the order in which they were sealed. */
export const partColumns = ({ columns }: Part): string[] => columns.map((column) => column.replace(/^p\./, ''));

const VALUES = `array[${LEDGER.columns.map((column) => `r.${column}::text`).join(', ')}]::text[] as values`;
const BELONGINGS = `(select json_agg(json_build_array(b.part, b.text) order by b.part, b.id) from (${partsSql(PARTS)}) as b) as parts`;

type Exported = {
  id: string | null;
  xid: string;
  seq: string;
  values: (string | null)[];
  parts: [part: number, text: string][] | null;
};

/**
 * The whole ledger as lines of JSON: a header, the heads and checkpoints, then each sealed transaction with all that
 * belongs to it and its link, in the order of the chain; at last what is not sealed yet. Anyone who has the public key
 * can verify it without a database. Wants a transaction in which nothing moves (REPEATABLE READ).
 */
export async function* ledgerLines(
  sql: Sql,
  { heads, key }: { heads: readonly Head[]; key: JWK },
): AsyncGenerator<string> {
  const { d: _private, ...publicKey } = key;
  await sql(`${PLAIN_TEXT}; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0`);
  yield line({ format: FORMAT, publicKey });
  for (const head of heads) yield line({ head });
  for (const checkpoint of await allCheckpoints(sql, LEDGER)) yield line({ checkpoint });

  let transactions = 0;
  for (let after = 0; ; ) {
    const rows = await sql(
      `select l.position::float8 as position, l.row_id as "rowId", encode(l.hash, 'hex') as hash, encode(l.manifest, 'base64') as manifest,
              r.id, r.xid::text as xid, r.seq::text as seq, ${VALUES}, ${BELONGINGS}
       from ${LEDGER.table}_link l left join ${LEDGER.table} r on r.id = l.row_id
       where l.position > $1 order by l.position limit ${STEP}`,
      [after],
    );
    if (rows.length === 0) break;
    for (const row of rows) {
      after = row.position as number;
      transactions += 1;
      yield* rowLines(row as Exported);
      const { position, rowId, hash, manifest } = row;
      yield line({ link: { position, rowId, hash, manifest: (manifest as string).replaceAll('\n', '') } });
    }
  }

  let unsealed = 0;
  for (let [xid, seq] = ['0', '0']; ; ) {
    const rows = (await sql(
      `select r.id, r.xid::text as xid, r.seq::text as seq, ${VALUES}, ${BELONGINGS} from ${LEDGER.table} r
       where (r.xid, r.seq) > ($1::xid8, $2::bigint) and not exists (select from ${LEDGER.table}_link l where l.row_id = r.id)
       order by r.xid, r.seq limit ${STEP}`,
      [xid, seq],
    )) as Exported[];
    const last = rows.at(-1);
    if (last === undefined) break;
    if (unsealed === 0) yield line({ unsealed: 'What follows was not sealed yet.' });
    unsealed += rows.length;
    for (const row of rows) yield* rowLines(row);
    [xid, seq] = [last.xid, last.seq];
  }
  yield line({ end: { transactions, unsealed } });
}

/** Streams the export into a file; returns how many lines it has. The file is for the owner's eyes only. */
export async function exportLedger(
  sql: Sql,
  file: string,
  signed: { heads: readonly Head[]; key: JWK },
): Promise<number> {
  let lines = 0;
  async function* counted(): AsyncGenerator<string> {
    for await (const text of ledgerLines(sql, signed)) {
      lines += 1;
      yield text;
    }
  }
  await pipeline(Readable.from(counted()), createWriteStream(file, { mode: 0o600, flush: true }));
  return lines;
}

function* rowLines({ id, xid, seq, values, parts }: Exported): Generator<string> {
  if (id === null) return;
  const named = (columns: readonly string[], texts: readonly (string | null)[]) =>
    Object.fromEntries(columns.map((column, at) => [column, texts[at] ?? null]));
  yield line({ table: 'ledger_transaction', row: { id, xid, seq, ...named(LEDGER.columns, values) } });
  for (const [at, text] of parts ?? []) {
    const part = PARTS[at] as Part;
    yield line({ table: part.table, row: named(partColumns(part), JSON.parse(text) as (string | null)[]) });
  }
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;
