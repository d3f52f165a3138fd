import type { EntitySchema, EntitySchemaColumnOptions } from 'typeorm';

/**
 * Where the columns of a table and the fields of its rows are told apart: a hand-written statement takes its select
 * list from here, and an amount is a bigint wherever it is read (`database.ts` says so to the driver).
 */

/** A column of amounts: bigint in TypeScript as in PostgreSQL. */
export const bigintColumn = {
  type: 'bigint',
  transformer: {
    to: (amount: bigint | null) => (amount === null ? null : amount.toString()),
    from: (amount: bigint | null) => amount,
  },
} as const satisfies Partial<EntitySchemaColumnOptions>;

/** A column of counts that stay far below 2^53: a number in TypeScript, bigint in PostgreSQL. */
export const countColumn = {
  type: 'bigint',
  transformer: {
    to: (count: number | null) => count,
    from: (count: bigint | null) => (count === null ? null : Number(count)),
  },
} as const satisfies Partial<EntitySchemaColumnOptions>;

/**
 * Returns the select list that reads a table's rows as TypeORM reads them: `t.id, t.account_id as "accountId"`. Columns
 * that its schema does not select are left out.
 */
export function columnsOf<Row>({ options }: EntitySchema<Row>, alias: string): string {
  const columns = Object.entries(options.columns) as [string, EntitySchemaColumnOptions][];
  return columns
    .filter(([, { select }]) => select !== false)
    .map(([field, { name = field, transformer }]) => {
      const column = `${alias}.${name}`;
      if (transformer === countColumn.transformer) return `${column}::float8 as "${field}"`;
      return name === field ? column : `${column} as "${field}"`;
    })
    .join(', ');
}
