import type { ColumnType, EntitySchema, EntitySchemaColumnOptions } from 'typeorm';

/**
 * Where the columns of a table and the fields of its rows are told apart: a hand-written statement takes its select
 * list from here, and an amount is a bigint wherever it is read (`database.ts` says so to the driver).
 */

/** A column of amounts: bigint in TypeScript as in PostgreSQL. */
export const bigintColumn = {
  type: 'bigint',
  transformer: {
    // Undefined where an insert leaves it to the database.
    to: (amount: bigint | null | undefined) => amount?.toString() ?? amount,
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

/** A column of addresses: they are read without the length of a network. */
export const addressColumn = {
  type: 'inet',
  transformer: {
    to: (address: string | null) => address,
    from: (address: string | null) => address?.replace(/\/.*/, '') ?? null,
  },
} as const satisfies Partial<EntitySchemaColumnOptions>;

/**
 * A column of transaction numbers. TypeORM has no such type: `openDatabase` teaches it the name, and no one but SQL
 * reads or writes it.
 */
export const xidColumn = { type: 'xid8' as ColumnType, select: false } satisfies Partial<EntitySchemaColumnOptions>;

/**
 * Returns the select list that reads a table's rows as TypeORM reads them: `t.id, t.account_id as "accountId"`.
 *
 * @param fields which, in their order, hidden ones too; left out, all but those that the schema hides.
 */
export function columnsOf<Row>(
  { options }: EntitySchema<Row>,
  alias: string,
  fields = shownFields(options.columns),
): string {
  return fields
    .map((field) => {
      const { name = field, transformer } = options.columns[field] as EntitySchemaColumnOptions;
      const column = `${alias}.${name}`;
      if (transformer === countColumn.transformer) return `${column}::float8 as "${field}"`;
      if (transformer === addressColumn.transformer) return `host(${column}) as "${field}"`;
      return name === field ? column : `${column} as "${field}"`;
    })
    .join(', ');
}

const shownFields = <Row>(columns: EntitySchema<Row>['options']['columns']): readonly (keyof Row & string)[] =>
  (Object.entries(columns) as [keyof Row & string, EntitySchemaColumnOptions][])
    .filter(([, { select }]) => select !== false)
    .map(([field]) => field);
