import { migration } from '@comptoir/shared/database/migration.ts';
import { idempotencyForRequests } from '@comptoir/shared/operations/idempotencyMigration.ts';

/**
 * Keys are looked at by mutations of the request role too: those that make something, and take a key that may be left
 * out.
 */
export const idempotencyKeysOfRequests = migration(320, 'IdempotencyKeysOfRequests', idempotencyForRequests('billing'));
