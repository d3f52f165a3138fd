import type { JobContext, JobHandler } from '@comptoir/shared/jobs/jobs.ts';
import { createLog } from '@comptoir/shared/process/log.ts';
import { systemClock } from '@comptoir/shared/values/clock.ts';
import { jobs } from '../jobs.ts';
import type { IdentityFixture } from './identityFixture.ts';

/** The worker as the queue runs it, at the test's own pace, against that SMTP server. */
export function mailWorker({ system }: IdentityFixture, smtpUrl: string): JobHandler {
  const config = {
    signingKey: {},
    refreshSecret: 'unused here',
    publicUrl: 'https://comptoir.test',
    mail: { smtpUrl, from: 'a@b.test' },
  };
  const work: JobContext = {
    clock: systemClock,
    log: createLog('test', { level: 'fatal' }),
    call: () => Promise.reject(new Error('Nobody is asked.')),
    system: (_requestId, unit) => system(unit),
  };
  return jobs(config)(work).mail as JobHandler;
}
