import type { JobHandlers } from '@comptoir/shared/jobs.ts';

/** Nothing follows a commit here yet. */
export const jobs = (): JobHandlers => ({});
