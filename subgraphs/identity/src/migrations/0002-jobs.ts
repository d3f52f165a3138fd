import { jobMigration } from '@comptoir/shared/jobs/jobs.ts';

/** The subgraph's jobs. */
export const jobs = jobMigration(2, 'identity', ['mail', 'account-open']);
