import type { EntityManager, EntitySchema, ObjectLiteral, QueryDeepPartialEntity } from 'typeorm';

/** Adds a row unless one with its key is there; returns whether it was added. One statement. */
export async function insertOnce<Row extends ObjectLiteral>(
  tx: EntityManager,
  table: EntitySchema<Row>,
  row: QueryDeepPartialEntity<Row>,
): Promise<boolean> {
  const [key] = Object.keys(table.options.columns);
  const { raw } = await tx
    .createQueryBuilder()
    .insert()
    .into(table)
    .values(row)
    .orIgnore()
    .returning([key as string])
    .updateEntity(false)
    .execute();
  return raw.length > 0;
}
