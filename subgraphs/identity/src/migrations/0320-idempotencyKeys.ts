import { idempotencyTable } from '@comptoir/shared/idempotencyMigration.ts';
import { migration } from '@comptoir/shared/migration.ts';

/** What is made twice when it is sent twice takes an idempotency key. */
export const idempotencyKeys = migration(320, 'IdempotencyKeys', idempotencyTable('identity'));
