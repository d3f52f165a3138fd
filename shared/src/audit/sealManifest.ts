import { createHash } from 'node:crypto';

/**
 * A row may be sealed together with rows of other tables that belong to it and are never changed either: a ledger
 * transaction with its entries and charges, say. They get no links of their own; the link of the row covers a manifest
 * of them, which lists each with a fingerprint, in the order of table, id and fingerprint: so the one that was touched
 * can be named, a removed one too.
 */
export type Part = {
  /** How the table is called where it is named to people and in exports. */
  table: string;
  /** SQL: what comes after `from`. It may refer to the sealed row as `r` and calls its own `p`. */
  from: string;
  /** SQL of the id (uuid), and of all that is sealed, in order. */
  id: string;
  columns: readonly string[];
};

export type ManifestChange = { part: number; id: string; change: 'changed' | 'removed' | 'added' };

const ID = 16;
const FINGERPRINT = 16;
const STEP = 1 + ID + FINGERPRINT;

/**
 * The rows that belong to `r`, one statement part: `part` (their place in `parts`), `id`, and `text`, a JSON array of
 * their columns as text.
 */
export const partsSql = (parts: readonly Part[]): string =>
  parts
    .map(
      ({ from, id, columns }, at) =>
        `select ${at} as part, ${id} as id, json_build_array(${columns.map((column) => `(${column})::text`).join(', ')})::text as text from ${from}`,
    )
    .join(' union all ');

/** SQL of the manifest of `r`. */
export const manifestSql = (parts: readonly Part[]): string =>
  `(select coalesce(string_agg(set_byte('\\x00'::bytea, 0, f.part) || uuid_send(f.id) || f.fingerprint, ''::bytea order by f.part, f.id, f.fingerprint), ''::bytea)
    from (select b.part, b.id, substr(sha256(convert_to(b.text, 'UTF8')), 1, ${FINGERPRINT}) as fingerprint from (${partsSql(parts)}) as b) as f)`;

/** The manifest as `manifestSql` makes it, of rows that come from elsewhere. */
export function manifestOf(rows: readonly { part: number; id: string; text: string }[]): Buffer {
  const steps = rows.map(({ part, id, text }) =>
    Buffer.concat([Buffer.of(part), idBytes(id), fingerprintOf(text).subarray(0, FINGERPRINT)]),
  );
  return Buffer.concat(steps.toSorted(Buffer.compare));
}

/** The text of a row as PostgreSQL's `json_build_array` writes it, when all its columns are text or null. */
export const rowText = (columns: readonly (string | null)[]): string =>
  `[${columns.map((column) => JSON.stringify(column)).join(', ')}]`;

/** The first row in which two manifests differ; null when they are equal. */
export function changedPart(sealed: Buffer, found: Buffer): ManifestChange | null {
  const [before, after] = [stepsOf(sealed), stepsOf(found)];
  const keys = (steps: Step[]): Set<string> => new Set(steps.map(({ key }) => key));
  const [sealedKeys, foundKeys] = [keys(before), keys(after)];
  const gone = before.find(({ key }) => !foundKeys.has(key));
  const come = after.find(({ key }) => !sealedKeys.has(key));
  const named = gone ?? come ?? repeated(before, after);
  if (named === null) return null;
  const same = (steps: Step[]): boolean => steps.some(({ part, id }) => part === named.part && id === named.id);
  const change = gone === undefined ? 'added' : same(after) ? 'changed' : 'removed';
  return { part: named.part, id: named.id, change };
}

/** The first step that stands more often than it did: each of them is there, but not as many times. */
function repeated(before: Step[], after: Step[]): Step | null {
  return after.find((step, at) => step.key !== before[at]?.key) ?? null;
}

type Step = { part: number; id: string; key: string };

function stepsOf(manifest: Buffer): Step[] {
  const steps: Step[] = [];
  for (let at = 0; at + STEP <= manifest.length; at += STEP) {
    const step = manifest.subarray(at, at + STEP);
    const hex = step.subarray(1, 1 + ID).toString('hex');
    const id = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
    steps.push({ part: step[0] as number, id, key: step.toString('hex') });
  }
  return steps;
}

const idBytes = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');

export const fingerprintOf = (text: string | Buffer): Buffer => createHash('sha256').update(text).digest();
