import { readFileSync } from 'node:fs';
import { appendFile, open } from 'node:fs/promises';
import type { JWK } from 'jose';
import {
  type Head,
  type Link,
  linkHash,
  NOTHING,
  type SealedRow,
  type SealProblem,
  signHead,
  walkChain,
} from './sealChain.ts';
import { manifestSql, type Part } from './sealManifest.ts';

/**
 * Seals an append-only table: every row gets its place in a chain of SHA-256 hashes, the chain is signed now and then,
 * and the head is appended to a file outside the database. Anyone who changes, removes, adds or moves a sealed row, or
 * cuts off the end, is found by `verifySeals`: even with every right in the database, they have neither the key nor the
 * file. What is not sealed yet is outside the promise.
 */
export type Stream = {
  /** Goes into every hash and signature, so that no part of one chain passes for a part of another. */
  name: string;
  /** Qualified by its schema; `sealTables` made what stands beside it. */
  table: string;
  /** All columns that are to be sealed; `id`, `xid` and `seq` are in any case. */
  columns: readonly string[];
  /** Rows of other tables that belong to a row and are sealed with it; the links then have a column `manifest`. */
  parts?: readonly Part[];
  /** Rows of one checkpoint; 5,000 if unsaid. Fewer where much belongs to a row. */
  batch?: number;
};

/** What seals and verifies need of a connection. The caller has opened a transaction. */
export type Sql = (sql: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;

/** Rows of one checkpoint, and of one step of the verifier, unless the stream says otherwise. */
const BATCH = 5_000;

/** Text that does not depend on settings of the session: every value as PostgreSQL writes it under these. */
export const PLAIN_TEXT = `set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'iso_8601'; set local extra_float_digits = 1; set local bytea_output = 'hex'`;

/** The columns of a row as it is sealed; the sealed table has the alias `r`, to which the parts refer. */
export const rowSql = ({ columns, parts }: Stream): string =>
  `r.id, r.xid::text as xid, r.seq::text as seq, array[${columns.map((column) => `r.${column}::text`).join(', ')}]::text[] as values,
   ${parts === undefined ? 'null::bytea' : manifestSql(parts)} as manifest`;

/**
 * Seals what has become final: rows of transactions below the oldest one that still runs, in the order of transactions,
 * so that nothing is ever added before a sealed row. At most `BATCH` rows; null when there are none. Two sealers wait
 * for each other. Runs in a transaction of the sealing role.
 */
export async function sealNext(sql: Sql, stream: Stream, { key, at }: { key: JWK; at: Date }): Promise<Head | null> {
  const { table, batch = BATCH } = stream;
  await sql('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`seal ${stream.name}`]);
  // A first round may have much to catch up with.
  await sql(`${PLAIN_TEXT}; set local statement_timeout = '60s'`);
  const [last] = await sql(
    `select number::float8 as number, position::float8 as position, xid::text as xid, seq::text as seq, hash from ${table}_checkpoint order by number desc limit 1`,
  );
  const rows = (await sql(
    `select ${rowSql(stream)} from ${table} r
     where (r.xid, r.seq) > ($1::xid8, $2::bigint) and r.xid < pg_snapshot_xmin(pg_current_snapshot())
     order by r.xid, r.seq limit ${batch}`,
    [last?.xid ?? '0', last?.seq ?? '0'],
  )) as SealedRow[];
  const end = rows.at(-1);
  if (end === undefined) return null;

  let hash = (last?.hash as Buffer | undefined) ?? NOTHING;
  let position = (last?.position as number | undefined) ?? 0;
  const links = rows.map((row) => {
    position += 1;
    hash = linkHash(stream.name, hash, position, row);
    return { position, id: row.id, hash, manifest: row.manifest };
  });
  const withManifest = stream.parts !== undefined;
  await sql(
    `insert into ${table}_link (position, row_id, hash${withManifest ? ', manifest' : ''})
     select * from unnest($1::bigint[], $2::uuid[], $3::bytea[]${withManifest ? ', $4::bytea[]' : ''})`,
    [
      links.map((link) => link.position),
      links.map((link) => link.id),
      links.map((link) => link.hash),
      ...(withManifest ? [links.map((link) => link.manifest)] : []),
    ],
  );
  const number = ((last?.number as number | undefined) ?? 0) + 1;
  const head = signHead(
    {
      stream: stream.name,
      number,
      position,
      xid: end.xid,
      seq: end.seq,
      hash: hash.toString('hex'),
      sealedAt: at.toISOString(),
    },
    key,
  );
  await sql(
    `insert into ${table}_checkpoint (number, position, xid, seq, hash, sealed_at, signature) values ($1, $2, $3, $4, $5, $6, $7)`,
    [number, position, end.xid, end.seq, hash, head.sealedAt, head.signature],
  );
  return head;
}

/** The checkpoints after a number, as heads. */
export async function headsAfter(sql: Sql, { name, table }: Stream, number: number): Promise<Head[]> {
  const rows = await sql(
    `select number::float8 as number, position::float8 as position, xid::text as xid, seq::text as seq, encode(hash, 'hex') as hash, sealed_at as "sealedAt", signature
     from ${table}_checkpoint where number > $1 order by number limit 10000`,
    [number],
  );
  return rows.map((row) => ({
    stream: name,
    number: row.number as number,
    position: row.position as number,
    xid: row.xid as string,
    seq: row.seq as string,
    hash: row.hash as string,
    sealedAt: (row.sealedAt as Date).toISOString(),
    signature: row.signature as string,
  }));
}

/** Appends heads to the file outside the database, a line each. */
export async function appendHeads(file: string, heads: readonly Head[]): Promise<void> {
  if (heads.length > 0)
    await appendFile(file, heads.map((head) => `${JSON.stringify(head)}\n`).join(''), { mode: 0o600, flush: true });
}

/** As much of the end of a heads file as is read to find the last one: hundreds of heads. */
const TAIL_BYTES = 65_536;

/**
 * The number of the last head of a stream in the file; 0 when there is none. Reads the end of the file only, however
 * long it has become.
 */
export async function lastHeadNumber(file: string, stream: string): Promise<number> {
  let tail: string;
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const from = Math.max(0, size - TAIL_BYTES);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
      tail = buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
  return headsIn(tail, stream).reduce((most, { number }) => Math.max(most, number), 0);
}

/**
 * The heads of a stream that the file holds; none when there is no file. A last line that a crash cut short is left
 * out.
 */
export function readHeads(file: string, stream: string): Head[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return headsIn(text, stream);
}

function headsIn(text: string, stream: string): Head[] {
  return text
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Head];
      } catch {
        return [];
      }
    })
    .filter((head) => head.stream === stream);
}

export type SealReport = {
  rows: number;
  checkpoints: number;
  heads: number;
  unsealed: number;
  problem: SealProblem | null;
};

/**
 * Walks the whole chain and names the first place where it does not hold. `heads` are those of the file outside:
 * without them a tail that was cut off together with its links and checkpoints cannot be missed. Wants a transaction in
 * which nothing moves (REPEATABLE READ).
 */
export async function verifySeals(
  sql: Sql,
  stream: Stream,
  { key, heads }: { key: JWK; heads: readonly Head[] },
): Promise<SealReport> {
  const { table } = stream;
  await sql(PLAIN_TEXT);
  const checkpoints = await allCheckpoints(sql, stream);
  const [{ unsealed } = { unsealed: 0 }] = await sql(
    `select count(*)::integer as unsealed from ${table} r
     where (r.xid, r.seq) > (select c.xid, c.seq from ${table}_checkpoint c order by c.number desc limit 1)
        or not exists (select from ${table}_checkpoint)`,
  );
  const { rows, problem, claim } = await walkChain(stream.name, linksOf(sql, stream), {
    checkpoints,
    heads,
    key,
    partNames: stream.parts?.map((part) => part.table) ?? [],
  });
  const report = { rows, checkpoints: checkpoints.length, heads: heads.length, unsealed: unsealed as number };
  if (problem !== null) return { ...report, problem };
  const [extra] = await sql(
    `select r.id from ${table} r
     where (r.xid, r.seq) <= (select c.xid, c.seq from ${table}_checkpoint c order by c.number desc limit 1)
       and not exists (select from ${table}_link l where l.row_id = r.id)
     order by r.xid, r.seq limit 1`,
  );
  if (extra === undefined) return { ...report, problem: claim };
  const added = { position: rows, rowId: extra.id as string, problem: 'the row was added among sealed ones' };
  return { ...report, problem: added };
}

/** All checkpoints, as heads. */
export async function allCheckpoints(sql: Sql, stream: Stream): Promise<Head[]> {
  const all: Head[] = [];
  for (;;) {
    const next = await headsAfter(sql, stream, all.at(-1)?.number ?? 0);
    if (next.length === 0) return all;
    all.push(...next);
  }
}

/** The links in order, with their rows as they are now. */
export async function* linksOf(sql: Sql, stream: Stream): AsyncGenerator<Link> {
  const manifest = stream.parts === undefined ? 'null::bytea' : 'l.manifest';
  for (let after = 0; ; ) {
    const rows = await sql(
      `select l.position::float8 as position, l.row_id as "rowId", l.hash, ${manifest} as "sealedManifest", ${rowSql(stream)}
       from ${stream.table}_link l left join ${stream.table} r on r.id = l.row_id
       where l.position > $1 order by l.position limit ${stream.batch ?? BATCH}`,
      [after],
    );
    if (rows.length === 0) return;
    for (const row of rows) {
      after = row.position as number;
      yield {
        position: after,
        rowId: row.rowId as string,
        hash: row.hash as Buffer,
        manifest: row.sealedManifest as Buffer | null,
        row: row.id === null ? null : (row as SealedRow),
      };
    }
  }
}
