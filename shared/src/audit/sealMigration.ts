/**
 * SQL of the two tables beside an append-only table that is sealed (`seal.ts`): one link per sealed row, in their final
 * order, and signed checkpoints. The sealed table has the columns `id uuid`, `xid xid8 default pg_current_xact_id()`
 * and `seq bigint`.
 *
 * @param table qualified by its schema.
 * @param sealer the role that seals; it may add and read, and nothing else.
 * @param manifest true when rows of other tables are sealed with each row (`sealManifest.ts`).
 */
export function sealTables(table: string, sealer: string, manifest = false): string {
  return `
    create table ${table}_link (
      position bigint primary key check (position > 0),
      row_id uuid not null unique,
      hash bytea not null check (length(hash) = 32)${manifest ? ',\n      manifest bytea not null' : ''}
    );
    create table ${table}_checkpoint (
      number bigint primary key check (number > 0),
      position bigint not null unique,
      -- The last sealed row: what comes next is greater.
      xid xid8 not null,
      seq bigint not null,
      hash bytea not null check (length(hash) = 32),
      sealed_at timestamptz not null,
      signature text not null
    );
    grant select, insert on ${table}_link, ${table}_checkpoint to ${sealer};
    grant select on ${table} to ${sealer};
    alter table ${table}_link enable row level security;
    alter table ${table}_checkpoint enable row level security;
    create policy system on ${table}_link to ${sealer} using (true) with check (true);
    create policy system on ${table}_checkpoint to ${sealer} using (true) with check (true);`;
}
