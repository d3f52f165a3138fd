import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import type { JWK } from 'jose';

/**
 * Seals an append-only table: every row gets its place in a chain of SHA-256 hashes, the chain is signed now and then, and the head is appended to a file
 * outside the database. Whoever changes, removes, adds or moves a sealed row, or cuts off the end, is found by `verifySeals`: even with
 * every right in the database, they have neither the key nor the file. What is not sealed yet is outside the promise.
 */
export type Stream = {
  /** Goes into every hash and signature, so that no part of one chain passes for a part of another. */
  name: string;
  /** Qualified by its schema; `sealTables` made what stands beside it. */
  table: string;
  /** All columns that are to be sealed; `id`, `xid` and `seq` are in any case. */
  columns: readonly string[];
};

/** What seals and verifies need of a connection. The caller has opened a transaction. */
export type Sql = (sql: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;

/** A signed statement: the first `position` rows have this hash. One line of the heads file. */
export type Head = {
  stream: string;
  number: number;
  position: number;
  xid: string;
  seq: string;
  hash: string;
  sealedAt: string;
  signature: string;
};

/** Rows of one checkpoint, and of one step of the verifier. */
const BATCH = 5_000;
const NOTHING = Buffer.alloc(32);

type Row = { id: string; xid: string; seq: string; values: (string | null)[] };

/** Text that does not depend on settings of the session: every value as PostgreSQL writes it under these. */
const PLAIN_TEXT = `set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'iso_8601'; set local extra_float_digits = 1; set local bytea_output = 'hex'`;

const rowSql = ({ columns }: Stream, alias: string): string =>
  `${alias}.id, ${alias}.xid::text as xid, ${alias}.seq::text as seq, array[${columns.map((column) => `${alias}.${column}::text`).join(', ')}]::text[] as values`;

/** One link: the hash of the chain so far and of this row in this place. */
function linkHash({ name }: Stream, previous: Buffer, position: number, { id, xid, seq, values }: Row): Buffer {
  return createHash('sha256')
    .update(previous)
    .update(JSON.stringify([name, position, id, xid, seq, ...values]))
    .digest();
}

const signedText = ({ stream, number, position, xid, seq, hash, sealedAt }: Omit<Head, 'signature'>): Buffer =>
  Buffer.from(JSON.stringify([stream, number, position, xid, seq, hash, sealedAt]));

/**
 * Seals what has become final: rows of transactions below the oldest one that still runs, in the order of transactions, so that nothing is ever added before a
 * sealed row. At most `BATCH` rows; null when there are none. Two sealers wait for each other. Runs in a transaction of the sealing role.
 */
export async function sealNext(sql: Sql, stream: Stream, { key, at }: { key: JWK; at: Date }): Promise<Head | null> {
  const { table } = stream;
  await sql('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`seal ${stream.name}`]);
  await sql(PLAIN_TEXT);
  const [last] = await sql(
    `select number::float8 as number, position::float8 as position, xid::text as xid, seq::text as seq, hash from ${table}_checkpoint order by number desc limit 1`,
  );
  const rows = (await sql(
    `select ${rowSql(stream, 'r')} from ${table} r
     where (r.xid, r.seq) > ($1::xid8, $2::bigint) and r.xid < pg_snapshot_xmin(pg_current_snapshot())
     order by r.xid, r.seq limit ${BATCH}`,
    [last?.xid ?? '0', last?.seq ?? '0'],
  )) as Row[];
  const end = rows.at(-1);
  if (end === undefined) return null;

  let hash = (last?.hash as Buffer | undefined) ?? NOTHING;
  let position = (last?.position as number | undefined) ?? 0;
  const links = rows.map((row) => {
    position += 1;
    hash = linkHash(stream, hash, position, row);
    return { position, id: row.id, hash };
  });
  await sql(
    `insert into ${table}_link (position, row_id, hash) select * from unnest($1::bigint[], $2::uuid[], $3::bytea[])`,
    [links.map((link) => link.position), links.map((link) => link.id), links.map((link) => link.hash)],
  );
  const number = ((last?.number as number | undefined) ?? 0) + 1;
  const unsigned = {
    stream: stream.name,
    number,
    position,
    xid: end.xid,
    seq: end.seq,
    hash: hash.toString('hex'),
    sealedAt: at.toISOString(),
  };
  const signature = sign(null, signedText(unsigned), privateKey(key)).toString('base64url');
  await sql(
    `insert into ${table}_checkpoint (number, position, xid, seq, hash, sealed_at, signature) values ($1, $2, $3, $4, $5, $6, $7)`,
    [number, position, end.xid, end.seq, hash, unsigned.sealedAt, signature],
  );
  return { ...unsigned, signature };
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

/** The heads of a stream that the file holds; none when there is no file. A last line that a crash cut short is left out. */
export function readHeads(file: string, stream: string): Head[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
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

/** What the verifier found first. `position` is the place in the chain, `rowId` the row, where one can be named. */
export type SealProblem = { position: number; rowId: string | null; problem: string };
export type SealReport = {
  rows: number;
  checkpoints: number;
  heads: number;
  unsealed: number;
  problem: SealProblem | null;
};

type Link = { position: number; rowId: string; hash: Buffer; row: Row | null };

/**
 * Walks the whole chain and names the first place where it does not hold. `heads` are those of the file outside: without them a tail that was cut off together with
 * its links and checkpoints cannot be missed. Wants a transaction in which nothing moves (REPEATABLE READ).
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
  const report = (rows: number, problem: SealProblem | null): SealReport => ({
    rows,
    checkpoints: checkpoints.length,
    heads: heads.length,
    unsealed: unsealed as number,
    problem,
  });

  const signed = publicKey(key);
  const expected = new Map<number, Head>();
  const early: SealProblem[] = [];
  const claim = (head: Head, problem: string): void =>
    void early.push({ position: head.position, rowId: null, problem });
  checkpoints.forEach((head, at) => {
    if (head.number !== at + 1) claim(head, `checkpoint ${at + 1} is missing`);
    if (!isSigned(head, signed)) claim(head, `the signature of checkpoint ${head.number} is not ours`);
    expected.set(head.position, head);
  });
  for (const head of heads) {
    if (!isSigned(head, signed)) claim(head, `the head ${head.number} in the file is not signed by us`);
    const found = checkpoints[head.number - 1];
    if (found === undefined) claim(head, `the end was cut off: checkpoint ${head.number} of the heads file is missing`);
    else if (found.hash !== head.hash || found.position !== head.position)
      claim(head, `checkpoint ${head.number} differs from the heads file`);
    // The file is believed rather than the database.
    if (isSigned(head, signed)) expected.set(head.position, head);
  }

  let hash: Buffer = NOTHING;
  let position = 0;
  for (;;) {
    const links = await nextLinks(sql, stream, position);
    if (links.length === 0) break;
    for (const link of links) {
      const bad = (problem: string, rowId: string | null = link.rowId): SealReport =>
        report(position, { position: position + 1, rowId, problem });
      if (link.position !== position + 1) return bad(`the link ${position + 1} of the chain is missing`, null);
      if (link.row === null) return bad('the row was removed');
      const next = linkHash(stream, hash, link.position, link.row);
      if (!next.equals(link.hash)) return bad('the row, its place or its link was changed');
      position = link.position;
      hash = next;
      const head = expected.get(position);
      if (head !== undefined && head.hash !== hash.toString('hex'))
        return report(position, {
          position,
          rowId: link.rowId,
          problem: `up to here the chain differs from the signed checkpoint ${head.number}`,
        });
    }
  }
  const furthest = Math.max(0, ...expected.keys());
  if (position < furthest)
    return report(position, {
      position: position + 1,
      rowId: null,
      problem: 'the end was cut off: signed checkpoints go further',
    });
  if (position > furthest)
    return report(position, {
      position: furthest + 1,
      rowId: null,
      problem: 'there are links that no checkpoint signs',
    });
  const [extra] = await sql(
    `select r.id from ${table} r
     where (r.xid, r.seq) <= (select c.xid, c.seq from ${table}_checkpoint c order by c.number desc limit 1)
       and not exists (select from ${table}_link l where l.row_id = r.id)
     order by r.xid, r.seq limit 1`,
  );
  if (extra !== undefined)
    return report(position, { position, rowId: extra.id as string, problem: 'the row was added among sealed ones' });
  return report(position, early.toSorted((a, b) => a.position - b.position)[0] ?? null);
}

async function allCheckpoints(sql: Sql, stream: Stream): Promise<Head[]> {
  const all: Head[] = [];
  for (;;) {
    const next = await headsAfter(sql, stream, all.at(-1)?.number ?? 0);
    if (next.length === 0) return all;
    all.push(...next);
  }
}

/** Links in order, with their rows. */
async function nextLinks(sql: Sql, stream: Stream, after: number): Promise<Link[]> {
  const rows = await sql(
    `select l.position::float8 as position, l.row_id as "rowId", l.hash, ${rowSql(stream, 'r')}
     from ${stream.table}_link l left join ${stream.table} r on r.id = l.row_id
     where l.position > $1 order by l.position limit ${BATCH}`,
    [after],
  );
  return rows.map((row) => ({
    position: row.position as number,
    rowId: row.rowId as string,
    hash: row.hash as Buffer,
    row: row.id === null ? null : (row as Row),
  }));
}

function isSigned(head: Head, key: KeyObject): boolean {
  return verify(null, signedText(head), key, Buffer.from(head.signature, 'base64url'));
}

const privateKey = (key: JWK): KeyObject => createPrivateKey({ key: key as never, format: 'jwk' });
/** Of a private key too. */
const publicKey = ({ d: _private, ...shown }: JWK): KeyObject =>
  createPublicKey({ key: shown as never, format: 'jwk' });
