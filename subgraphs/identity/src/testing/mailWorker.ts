import { closeWithin } from '@comptoir/shared/database/transaction.ts';
import type { JobContext, JobHandler } from '@comptoir/shared/jobs/jobs.ts';
import { createLog } from '@comptoir/shared/process/log.ts';
import { systemClock } from '@comptoir/shared/values/clock.ts';
import type { EntityManager } from 'typeorm';
import { jobs } from '../jobs.ts';
import type { IdentityFixture } from './identityFixture.ts';

/** The worker as the queue runs it, at the test's own pace, against that SMTP server. */
export function mailWorker({ admin }: IdentityFixture, smtpUrl: string): JobHandler {
  const config = {
    signingKey: {},
    refreshSecret: 'unused here',
    publicUrl: 'https://comptoir.test',
    mail: { smtpUrl, from: 'a@b.test' },
  };
  const tx = {
    query: async (sql: string, values: unknown[]) => (await admin.query(sql, values)).rows,
  } as unknown as EntityManager;
  const work: JobContext = {
    clock: systemClock,
    log: createLog('test', { level: 'fatal' }),
    call: () => Promise.reject(new Error('Nobody is asked.')),
    system: async (_requestId, unit) => closeWithin(tx, await unit(tx)),
  };
  return jobs(config)(work).mail as JobHandler;
}
