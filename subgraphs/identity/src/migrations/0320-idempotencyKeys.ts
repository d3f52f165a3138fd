import { migration } from '@comptoir/shared/database/migration.ts';
import { idempotencyTable } from '@comptoir/shared/operations/idempotencyMigration.ts';

/** What is made twice when it is sent twice takes an idempotency key. */
export const idempotencyKeys = migration(320, 'IdempotencyKeys', idempotencyTable('identity'));
