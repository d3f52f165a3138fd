import { readdirSync, readFileSync } from 'node:fs';
import type { EntityManager } from 'typeorm';
import type { Money } from '../money/money.ts';
import type { CreditKind } from './kinds.ts';

const FOLDER = new URL('./checks/', import.meta.url);

/** Most problems that a check tells: the first ones are enough to know where to look. */
export const MAX_PROBLEMS = 20;

/** A statement that returns no row while the books are sound, and otherwise one `problem` text per fault. */
export type Check = { name: string; sql: string };

/** The checks of the ledger, in the order of their names: the files of `checks/`. */
export function readChecks(): Check[] {
  const files = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  return files.map((file) => ({ name: file.replace(/\.sql$/, ''), sql: readFileSync(new URL(file, FOLDER), 'utf8') }));
}

/**
 * Runs the checks over all rows that the role sees. Each is one statement, hence true of one instant also while charges
 * are booked.
 */
export async function findProblems(
  tx: EntityManager,
  checks: readonly Check[],
): Promise<{ check: string; detail: string }[]> {
  const problems: { check: string; detail: string }[] = [];
  for (const { name, sql } of checks) {
    const rows: { problem: string }[] = await tx.query(`select problem from (${sql}) as found limit ${MAX_PROBLEMS}`);
    problems.push(...rows.map(({ problem }) => ({ check: name, detail: problem })));
  }
  return problems.slice(0, MAX_PROBLEMS);
}

export type LedgerTotals = {
  transactions: number;
  entries: number;
  kinds: { kind: CreditKind; granted: number; consumed: number; expired: number; left: number }[];
  money: { currency: string; books: { book: string; amount: Money }[] }[];
};

/** What the books hold altogether, at one instant. */
export async function loadTotals(tx: EntityManager): Promise<LedgerTotals> {
  const [totals] = await tx.query(
    `select (select count(*) from ledger_transaction)::float8 as transactions,
            (select count(*) from ledger_entry)::float8 as entries,
            (select coalesce(json_agg(per_kind order by kind), '[]')
             from (
               select kind,
                      coalesce(-sum(amount) filter (where starts_with(book, 'issued:')), 0) as granted,
                      coalesce(sum(amount) filter (where starts_with(book, 'consumed:')), 0) as consumed,
                      coalesce(sum(amount) filter (where starts_with(book, 'expired:')), 0) as expired,
                      coalesce(sum(amount) filter (where wallet_id is not null), 0) as left
               from ledger_entry where not starts_with(kind, 'MONEY:') group by kind
             ) as per_kind) as kinds`,
  );
  return { ...totals, money: await loadMoneyTotals(tx) };
}

async function loadMoneyTotals(tx: EntityManager): Promise<LedgerTotals['money']> {
  const rows: (Money & { book: string })[] = await tx.query(
    `select substr(kind, 7) as currency, coalesce(split_part(book, ':', 1), 'prepaid') as book, sum(amount)::bigint as minor
     from ledger_entry where starts_with(kind, 'MONEY:') group by 1, 2 order by 1, 2`,
  );
  return [...Map.groupBy(rows, ({ currency }) => currency)].map(([currency, books]) => ({
    currency,
    books: books.map(({ book, minor }) => ({ book, amount: { minor, currency } })),
  }));
}
