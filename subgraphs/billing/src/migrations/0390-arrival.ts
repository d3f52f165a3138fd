import { migration } from '@comptoir/shared/database/migration.ts';

/**
 * The tables of which the latest or the oldest row of one instant is asked for, with the instant that comes first in
 * their order.
 */
const TABLES = {
  lot: 'granted_at',
  catalogue_limit: 'set_at',
  catalogue_price: 'effective_from, set_at',
  credit_pack_price: 'effective_from, set_at',
  reseller_discount: 'set_at',
  commission_terms: 'valid_from',
  subscription_change: 'changed_at',
} as const;

/**
 * Which row of one millisecond came first is counted by the database, not read from ids: ids of two processes have no
 * order. Whoever writes these rows holds a lock (on the wallet, plan, pack, partner's terms or subscription), so that
 * the count follows the order in which they were committed. Rows from before keep the order that they were read in.
 */
export const arrival = migration(
  390,
  'Arrival',
  Object.entries(TABLES)
    .map(
      ([table, instants]) => `
  alter table ${table} add column seq bigint;
  update ${table} set seq = numbered.place
    from (select id, row_number() over (order by ${instants}, id) as place from ${table}) as numbered where numbered.id = ${table}.id;
  set constraints all immediate;
  alter table ${table} alter column seq set not null;
  alter table ${table} alter column seq add generated always as identity;
  select setval(pg_get_serial_sequence('${table}', 'seq'), coalesce((select max(seq) from ${table}), 0) + 1, false);
  create unique index ${table}_in_order on ${table} (seq);`,
    )
    .join('\n'),
);
