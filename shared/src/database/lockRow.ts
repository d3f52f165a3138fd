import type { EntityManager, EntitySchema, FindOptionsSelect, FindOptionsWhere, ObjectLiteral } from 'typeorm';

/**
 * Locks a row until the commit for a decision about it; null when it is not there for this viewer: a row lock passes
 * the policies for changes, too.
 *
 * @param select fields, hidden ones too; left out, all but those that the schema hides.
 */
export async function lockRow<Row extends ObjectLiteral>(
  tx: EntityManager,
  table: EntitySchema<Row>,
  where: FindOptionsWhere<Row>,
  select?: FindOptionsSelect<Row>,
): Promise<Row | null> {
  return await tx
    .createQueryBuilder(table, 'row')
    .setFindOptions({ where, ...(select === undefined ? {} : { select }) })
    .setLock('pessimistic_write')
    .getOne();
}
