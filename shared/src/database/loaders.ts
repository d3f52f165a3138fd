import DataLoader from 'dataloader';
import type { EntityManager } from 'typeorm';
import type { Page } from '../protocol/pagination.ts';
import type { ReadTransaction } from './transaction.ts';

type Read = ReadTransaction['read'];

/**
 * Most keys of one statement, and most rows of one that pages; more are asked in several. A statement is read in one
 * go, and kept whole.
 */
const BATCH = 1_000;
const ROWS = 12_000;

/**
 * Loads rows by id, one statement for all that one level of a query asks for. An id without a row, or with one that the
 * viewer may not see, gives null.
 */
export function byId<Row extends { id: string }>(
  read: Read,
  load: (tx: EntityManager, ids: readonly string[]) => Promise<Row[]>,
): DataLoader<string, Row | null> {
  return byKey(read, load, (row) => row.id);
}

/** As `byId`, for rows found by another unique key than their id. */
export function byKey<Row>(
  read: Read,
  load: (tx: EntityManager, keys: readonly string[]) => Promise<Row[]>,
  keyOf: (row: Row) => string,
): DataLoader<string, Row | null> {
  return new DataLoader(
    async (keys) => {
      const rows = await read((tx) => load(tx, keys));
      return rowPerKey(keys, rows, keyOf);
    },
    { maxBatchSize: BATCH },
  );
}

/** Loads all rows of each parent. Only for lists that cannot grow. */
export function manyByKey<Row>(
  read: Read,
  load: (tx: EntityManager, keys: readonly string[]) => Promise<Row[]>,
  keyOf: (row: Row) => string,
  maxBatchSize = BATCH,
): DataLoader<string, Row[]> {
  return new DataLoader(
    async (keys) => {
      const rows = await read((tx) => load(tx, keys));
      return rowsPerKey(keys, rows, keyOf);
    },
    { maxBatchSize },
  );
}

/**
 * The row of each key, or null. Where a statement goes through the keys (`unnest`), its rows come in their order and
 * are told apart by a glance at the next one; a map of five hundred ids costs fifty times that. In any other order they
 * are looked up.
 */
export function rowPerKey<Row>(
  keys: readonly string[],
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): (Row | null)[] {
  let next = 0;
  const inOrder = keys.map((key) => {
    const row = rows[next];
    if (row === undefined || keyOf(row) !== key) return null;
    next += 1;
    return row;
  });
  if (next === rows.length) return inOrder;
  const found = new Map(rows.map((row) => [keyOf(row), row]));
  return keys.map((key) => found.get(key) ?? null);
}

/** As `rowPerKey`, for any number of rows of each key. */
export function rowsPerKey<Row>(keys: readonly string[], rows: readonly Row[], keyOf: (row: Row) => string): Row[][] {
  let next = 0;
  const inOrder = keys.map((key) => {
    const from = next;
    while (next < rows.length && keyOf(rows[next] as Row) === key) next += 1;
    return rows.slice(from, next);
  });
  if (next === rows.length) return inOrder;
  const grouped = Map.groupBy(rows, keyOf);
  return keys.map((key) => grouped.get(key) ?? []);
}

/**
 * Loads all rows of each of many parents in one statement: fields with the same arguments share a loader. Only for
 * lists that cannot grow.
 */
export function listsByKey<Row, Filter>(
  read: Read,
  load: (tx: EntityManager, keys: readonly string[], filter: Filter) => Promise<Row[]>,
  keyOf: (row: Row) => string,
  keysAtOnce: (filter: Filter) => number = () => BATCH,
): (key: string, filter: Filter) => Promise<Row[]> {
  const loaders = new Map<string, DataLoader<string, Row[]>>();
  return async (key, filter) => {
    const name = JSON.stringify(filter);
    let loader = loaders.get(name);
    if (loader === undefined) {
      loader = manyByKey(read, (tx, keys) => load(tx, keys, filter), keyOf, keysAtOnce(filter));
      loaders.set(name, loader);
    }
    return await loader.load(key);
  };
}

/**
 * Loads one page of a list for each of many parents in one statement, as `listsByKey` does. The statement gives
 * `page.first + 1` rows per parent (see `connection`).
 */
export function pagesByKey<Row, Filter>(
  read: Read,
  load: (tx: EntityManager, keys: readonly string[], page: Page, filter: Filter) => Promise<Row[]>,
  keyOf: (row: Row) => string,
): (key: string, page: Page, filter: Filter) => Promise<Row[]> {
  const lists = listsByKey<Row, { page: Page; filter: Filter }>(
    read,
    (tx, keys, { page, filter }) => load(tx, keys, page, filter),
    keyOf,
    ({ page }) => Math.min(BATCH, Math.floor(ROWS / (page.first + 1))),
  );
  return (key, page, filter) => lists(key, { page, filter });
}
