import { queueMigration } from '@comptoir/shared/jobs/jobs.ts';

/** Cards that are to be forgotten by the payment provider. */
export const queues122 = queueMigration(122, 'billing', ['cardRemove']);
