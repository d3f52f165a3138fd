import { EntitySchema } from 'typeorm';

/** What was done under an idempotency key; each subgraph has such a table (`idempotencyMigration.ts`). */
export type IdempotencyKeyRow = { accountId: string; key: string; inputHash: Buffer; answer: object; usedAt: Date };

export const IdempotencyKeyTable = new EntitySchema<IdempotencyKeyRow>({
  name: 'idempotency_key',
  columns: {
    accountId: { type: 'uuid', primary: true, name: 'account_id' },
    key: { type: 'text', primary: true },
    inputHash: { type: 'bytea', name: 'input_hash' },
    answer: { type: 'jsonb' },
    usedAt: { type: 'timestamptz', name: 'used_at' },
  },
});
