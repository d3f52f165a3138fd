import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { LEDGER } from '@comptoir/billing/books/ledger/ledgerStream.ts';
import { type Head, type Link, type SealedRow, type SealProblem, walkChain } from '@comptoir/shared/audit/sealChain.ts';
import { manifestOf, rowText } from '@comptoir/shared/audit/sealManifest.ts';
import type { JWK } from 'jose';
import { FORMAT, PARTS, partColumns } from './exportLedger.ts';

export type ExportReport = {
  /** Sealed transactions that hold, and those in the file that were not sealed yet. */
  transactions: number;
  unsealed: number;
  checkpoints: number;
  heads: number;
  problem: SealProblem | null;
};

type Columns = Record<string, string | null>;
type Line =
  | { format: string; publicKey: JWK }
  | { head: Head }
  | { checkpoint: Head }
  | { table: string; row: Columns }
  | { link: { position: number; rowId: string; hash: string; manifest: string } }
  | { unsealed: string }
  | { end: { transactions: number; unsealed: number } };

/**
 * Verifies an export without any database, line by line: the chain, its signatures, and that every transaction sums to
 * zero per kind. `heads` are those of a file that was kept elsewhere, if there is one; the export has its own beside
 * them. Names the first row that does not hold.
 */
export async function verifyExport(
  file: string,
  { key, heads }: { key: JWK; heads: readonly Head[] },
): Promise<ExportReport> {
  return await verifyLines(createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity }), {
    key,
    heads,
  });
}

/** As `verifyExport`, of lines that come from anywhere. */
export async function verifyLines(
  lines: AsyncIterable<string> | Iterable<string>,
  { key, heads }: { key: JWK; heads: readonly Head[] },
): Promise<ExportReport> {
  const read = readLines(lines);
  const first = await read.next();
  if (first.done === true || !('format' in first.value) || first.value.format !== FORMAT)
    throw new Error(`That is no ${FORMAT}.`);
  const own: Head[] = [];
  const checkpoints: Head[] = [];
  let ahead: Line | undefined;
  for (;;) {
    const { value, done } = await read.next();
    if (done === true) break;
    if ('head' in value) own.push(value.head);
    else if ('checkpoint' in value) checkpoints.push(value.checkpoint);
    else {
      ahead = value;
      break;
    }
  }

  const seen: Seen = { crooked: null, unsealed: 0, end: null };
  const links = linksOfExport(ahead, read, seen);
  const { rows, problem, claim } = await walkChain('ledger', links, {
    checkpoints,
    heads: [...heads, ...own],
    key,
    partNames: PARTS.map(({ table }) => table),
  });
  const short =
    seen.end === null || seen.end.transactions !== rows
      ? { position: rows + 1, rowId: null, problem: 'the export ends too soon' }
      : null;
  return {
    transactions: rows,
    unsealed: seen.unsealed,
    checkpoints: checkpoints.length,
    heads: heads.length + own.length,
    problem: problem ?? seen.crooked ?? claim ?? short,
  };
}

type Seen = { crooked: SealProblem | null; unsealed: number; end: { transactions: number; unsealed: number } | null };
type Belonging = { part: number; id: string; text: string; row: Columns };

/** Puts the links together from the lines between them. */
async function* linksOfExport(ahead: Line | undefined, read: AsyncIterator<Line>, seen: Seen): AsyncGenerator<Link> {
  let row: Columns | null = null;
  let parts: Belonging[] = [];
  let sealed = true;
  for (let value = ahead; value !== undefined; value = (await read.next()).value) {
    if ('unsealed' in value) sealed = false;
    else if ('end' in value) seen.end = value.end;
    else if ('table' in value && value.table === 'ledger_transaction') {
      row = value.row;
      parts = [];
      if (!sealed) seen.unsealed += 1;
    } else if ('table' in value) parts.push(belonging(value));
    else if ('link' in value) {
      const { position, rowId, hash, manifest } = value.link;
      yield {
        position,
        rowId,
        hash: Buffer.from(hash, 'hex'),
        manifest: Buffer.from(manifest, 'base64'),
        row: row === null ? null : sealedRow(row, parts),
      };
      if (seen.crooked === null && row !== null && !sumsToZero(parts))
        seen.crooked = { position, rowId, problem: 'the entries of the transaction do not sum to zero per kind' };
      row = null;
      parts = [];
    }
  }
}

function belonging({ table, row }: { table: string; row: Columns }): Belonging {
  const part = PARTS.findIndex((known) => known.table === table);
  const columns = part === -1 ? Object.keys(row) : partColumns(PARTS[part] as (typeof PARTS)[number]);
  // A column too many must not pass unseen: it is hashed with the others.
  const more = Object.keys(row).filter((column) => !columns.includes(column));
  const text = rowText([...columns, ...more].map((column) => row[column] ?? null));
  // The id is the first column of every part.
  return { part: part === -1 ? 255 : part, id: row[columns[0] as string] ?? '', text, row };
}

const sealedRow = ({ id, xid, seq, ...row }: Columns, parts: readonly Belonging[]): SealedRow => ({
  id: id ?? '',
  xid: xid ?? '',
  seq: seq ?? '',
  values: [...LEDGER.columns, ...Object.keys(row).filter((column) => !LEDGER.columns.includes(column))].map(
    (column) => row[column] ?? null,
  ),
  manifest: manifestOf(parts),
});

function sumsToZero(parts: readonly Belonging[]): boolean {
  const sums = new Map<string, bigint>();
  for (const { part, row } of parts)
    if (PARTS[part]?.table === 'ledger_entry')
      sums.set(row.kind ?? '', (sums.get(row.kind ?? '') ?? 0n) + BigInt(row.amount ?? 0));
  return [...sums.values()].every((sum) => sum === 0n);
}

async function* readLines(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<Line> {
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (text.trim() === '') continue;
    try {
      yield JSON.parse(text) as Line;
    } catch {
      throw new Error(`Line ${number} of the export is no JSON.`);
    }
  }
}
