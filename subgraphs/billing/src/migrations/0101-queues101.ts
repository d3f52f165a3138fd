import { queueMigration } from '@comptoir/shared/jobs/jobs.ts';

/** Notices of what was booked. */
export const queues101 = queueMigration(101, 'billing', ['notice']);
