import { queueMigration } from '@comptoir/shared/jobs/jobs.ts';

/** What is to follow when an account is cancelled (A61). */
export const queues51 = queueMigration(51, 'accounts', ['subscription-cancel']);
