import { readId } from '../values/uuid.ts';
import { badInput } from './errors.ts';

/**
 * What a Relay connection was asked for: `first` rows (1 to 100, 20 if unsaid) after a cursor. Keyset only, never an
 * offset.
 */
export type Page = { first: number; after: string[] | null };

/**
 * What a list is sorted by: a cursor must be readable as these before it comes near SQL. It is a place in the list, and
 * no position of a feed: a row that is committed later may belong before it. The id at the end makes the order total;
 * it does not tell which of two rows came first.
 */
export type KeyKind = 'text' | 'id' | 'instant' | 'number';

const READABLE: Record<KeyKind, (value: string) => boolean> = {
  text: (value) => value.length <= 500 && !value.includes('\0'),
  id: (value) => readId(value) !== null,
  // Exactly as our cursors write it: what JavaScript takes for a date, `1` or the year 275760, PostgreSQL may not.
  instant: (value) => /^(?!0000)\d{4}-/.test(value) && isInstant(value),
  number: (value) => /^\d{1,9}$/.test(value),
};

/** Reads `first` and `after`; throws BAD_USER_INPUT for a size out of bounds or a cursor that is not one of ours. */
export function readPage(args: { first?: number | null; after?: string | null }, keys: readonly KeyKind[]): Page {
  const first = args.first ?? 20;
  if (first < 1 || first > 100) throw badInput('Ask for 1 to 100 at a time.', ['first']);
  return { first, after: args.after == null ? null : readCursor(args.after, keys) };
}

function isInstant(value: string): boolean {
  const date = new Date(value);
  return !Number.isNaN(date.getTime()) && date.toISOString() === value;
}

function readCursor(cursor: string, keys: readonly KeyKind[]): string[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const readable = (value: unknown, at: number): boolean =>
      typeof value === 'string' && READABLE[keys[at] as KeyKind](value);
    if (Array.isArray(values) && values.length === keys.length && values.every(readable)) return values as string[];
  } catch {
    // Answered below, like every other text that is no cursor.
  }
  throw badInput('The cursor is not one of this list: use an `endCursor` or `cursor` that it gave you.', ['after']);
}

export type Connection<Row> = {
  edges: { cursor: string; node: Row }[];
  nodes: Row[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
};

/**
 * Makes a connection of rows that were asked for with `first + 1`: the one too many only says that there is more.
 * `keysOf` gives the sort keys of a row as text, in the order of the list's ORDER BY; the last one is unique. Cursors
 * are made where they are asked for: most callers want the nodes alone.
 */
export function connection<Row>(rows: Row[], page: Page, keysOf: (row: Row) => string[]): Connection<Row> {
  const nodes = rows.slice(0, page.first);
  const cursorOf = (node: Row): string => Buffer.from(JSON.stringify(keysOf(node))).toString('base64url');
  const [first] = nodes;
  const last = nodes.at(-1);
  return {
    nodes,
    get edges() {
      return nodes.map((node) => ({ cursor: cursorOf(node), node }));
    },
    pageInfo: {
      hasNextPage: rows.length > page.first,
      hasPreviousPage: page.after !== null,
      get startCursor() {
        return first === undefined ? null : cursorOf(first);
      },
      get endCursor() {
        return last === undefined ? null : cursorOf(last);
      },
    },
  };
}
