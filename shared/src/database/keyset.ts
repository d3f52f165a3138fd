import type { EntityManager } from 'typeorm';
import type { KeyKind, Page } from '../protocol/pagination.ts';

/** A list that pages by what it is sorted by (`readPage` reads a cursor of these keys). */
export type KeysetList = {
  /** SQL of the select list: mostly `columnsOf` a table. */
  select: string;
  /** SQL of the tables, with their joins: `tracker t join branch b on b.id = t.branch_id`. */
  from: string;
  /**
   * SQL that is true for the rows of one owner, whose id is `owner.id` here and in `select`; of a list without owners,
   * for all of its rows. `$1` and so on are the list's own values.
   */
  where: string;
  /** The expressions that the list is sorted by, in their order; the last one is unique within the list of an owner. */
  keys: readonly { by: string; kind: KeyKind }[];
  /** The newest, or the last of its kind, first. */
  descending?: boolean;
};

const TYPE: Record<KeyKind, string> = { text: 'text', id: 'uuid', instant: 'timestamptz', number: 'integer' };

/**
 * Loads one page of a list for each of its owners, in one statement that goes through the owners in their order and
 * along an index for each: `page.first + 1` rows at most (see `connection`). Row-level security decides which rows
 * there are.
 *
 * @param owners are left out where the list is no one's: it has one page.
 * @param values of the list's own parameters, `$1` first.
 */
export async function loadKeysetPages<Row>(
  tx: EntityManager,
  list: KeysetList,
  { owners, page, values = [] }: { owners?: readonly string[]; page: Page; values?: readonly unknown[] },
): Promise<Row[]> {
  return await tx.query(keysetSql(list, values.length, owners !== undefined), [
    ...values,
    ...(owners === undefined ? [] : [owners]),
    ...list.keys.map((_, at) => page.after?.[at] ?? null),
    page.first + 1,
  ]);
}

/** Texts by list: a statement is prepared by its text, and lists are constants. */
const texts = new WeakMap<KeysetList, { text: string; shape: string }>();

/**
 * The statement behind `loadKeysetPages`; its parameters are the list's own, the owners, a value per key, and the
 * limit.
 */
function keysetSql(list: KeysetList, own: number, owned: boolean): string {
  const shape = `${own} ${owned}`;
  const known = texts.get(list);
  if (known !== undefined && known.shape !== shape) throw new Error('A list is asked for in one shape only.');
  if (known !== undefined) return known.text;
  const page = pageSql(list, own + (owned ? 2 : 1));
  const text = owned
    ? `select found.* from unnest($${own + 1}::uuid[]) as owner (id) cross join lateral (${page}) as found`
    : page;
  texts.set(list, { text, shape });
  return text;
}

/** One page; `$first` is the first key's value behind which it begins. */
function pageSql({ select, from, where, keys, descending }: KeysetList, first: number): string {
  const after = keys.map(({ kind }, at) => `$${first + at}::${TYPE[kind]}`);
  const order = keys.map(({ by }) => (descending ? `${by} desc` : by)).join(', ');
  // Before the list's own condition: of two bounds of a key an index is entered at the one that is said first.
  return `select ${select} from ${from}
    where (${after[0]} is null or (${keys.map(({ by }) => by).join(', ')}) ${descending ? '<' : '>'} (${after.join(', ')}))
      and (${where})
    order by ${order} limit $${first + keys.length}`;
}
