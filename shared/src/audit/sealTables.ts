import { EntitySchema } from 'typeorm';
import { bigintColumn, xidColumn } from '../database/columns.ts';

type LinkRow = { position: bigint; rowId: string; hash: Buffer; manifest?: Buffer };
type CheckpointRow = {
  number: bigint;
  position: bigint;
  xid?: string;
  seq: bigint;
  hash: Buffer;
  sealedAt: Date;
  signature: string;
};

/** The two tables that `sealTables` makes beside one that is sealed; the schema and `manifest` as there. */
export function sealEntities(
  table: string,
  { schema, manifest = false }: { schema?: string; manifest?: boolean } = {},
): [EntitySchema<LinkRow>, EntitySchema<CheckpointRow>] {
  const place = schema === undefined ? {} : { schema };
  const link = new EntitySchema<LinkRow>({
    name: `${table}_link`,
    ...place,
    columns: {
      position: { ...bigintColumn, primary: true },
      rowId: { type: 'uuid', name: 'row_id' },
      hash: { type: 'bytea' },
      ...(manifest ? { manifest: { type: 'bytea' as const } } : {}),
    },
  });
  const checkpoint = new EntitySchema<CheckpointRow>({
    name: `${table}_checkpoint`,
    ...place,
    columns: {
      number: { ...bigintColumn, primary: true },
      position: bigintColumn,
      xid: xidColumn,
      seq: bigintColumn,
      hash: { type: 'bytea' },
      sealedAt: { type: 'timestamptz', name: 'sealed_at' },
      signature: { type: 'text' },
    },
  });
  return [link, checkpoint];
}
