import type { EntityManager } from 'typeorm';
import type { KeyKind, Page } from '../protocol/pagination.ts';

/** A list that pages by what it is sorted by (`readPage` reads a cursor of these keys). */
export type KeysetList = {
  /** SQL of the select list: mostly `columnsOf` a table. */
  select: string;
  /** SQL of the tables, with their joins: `tracker t join branch b on b.id = t.branch_id`. */
  from: string;
  /** SQL that is true for the rows of one owner, whose id is `owner.id`; `$1` and so on are the list's own values. */
  where: string;
  /** The expressions that the list is sorted by, in their order; the last one is unique within the list of an owner. */
  keys: readonly { by: string; kind: KeyKind }[];
  /** The newest, or the last of its kind, first. */
  descending?: boolean;
};

const TYPE: Record<KeyKind, string> = { text: 'text', id: 'uuid', instant: 'timestamptz' };

/**
 * Loads one page of a list for each of its owners, in one statement that goes through the owners in their order and along
 * an index for each: `page.first + 1` rows at most (see `connection`). Row-level security decides which rows there are.
 *
 * @param values of the list's own parameters, `$1` first.
 */
export async function loadKeysetPages<Row>(
  tx: EntityManager,
  list: KeysetList,
  { owners, page, values = [] }: { owners: readonly string[]; page: Page; values?: readonly unknown[] },
): Promise<Row[]> {
  return await tx.query(keysetSql(list, values.length), [
    ...values,
    owners,
    ...list.keys.map((_, at) => page.after?.[at] ?? null),
    page.first + 1,
  ]);
}

/** Stands for the owner of a list that has none. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** As `loadKeysetPages`, for a list that belongs to nobody: its `where` does not name an owner. */
export async function loadKeysetPage<Row>(
  tx: EntityManager,
  list: KeysetList,
  { page, values = [] }: { page: Page; values?: readonly unknown[] },
): Promise<Row[]> {
  return await loadKeysetPages(tx, list, { owners: [NOBODY], page, values });
}

/** Texts by list: a statement is prepared by its text, and lists are constants. */
const texts = new WeakMap<KeysetList, string>();

/** The statement behind `loadKeysetPages`; its parameters are the list's own, the owners, a value per key, and the limit. */
export function keysetSql(list: KeysetList, own: number): string {
  const known = texts.get(list);
  if (known !== undefined) return known;
  const parameter = (at: number): string => `$${own + 2 + at}`;
  const typed = list.keys.map(({ kind }, at) => `${parameter(at)}::${TYPE[kind]}`);
  const order = list.keys.map(({ by }) => (list.descending ? `${by} desc` : by)).join(', ');
  const text = `select found.* from unnest($${own + 1}::uuid[]) as owner (id)
    cross join lateral (
      select ${list.select} from ${list.from}
      where (${list.where})
        and (${typed[0]} is null or (${list.keys.map(({ by }) => by).join(', ')}) ${list.descending ? '<' : '>'} (${typed.join(', ')}))
      order by ${order} limit ${parameter(list.keys.length)}
    ) as found`;
  texts.set(list, text);
  return text;
}
