import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import type { EntityManager } from 'typeorm';
import type { Language } from '../people/userTables.ts';
import type { MailText } from './mail.ts';
import { isSentMail } from './mailStore.ts';

/** A mail, ready but for its rendering, and whom it goes to. */
export type Addressed = { to: string; language: Language; mail: MailText };

/** A job of the queue `mail`. Its payload holds ids only. */
export type MailJob = { payload: Readonly<Record<string, unknown>>; jobId: string };

/**
 * One kind of mail, with all that is particular to it. It stands with the capability that mails; `jobs.ts` hands all
 * kinds to `sendMail`, so that mailing knows none of them.
 */
export type MailKind = {
  /** Returns null when there is nothing to send. That is decided when the job runs, not when it was queued. */
  write(work: JobContext, job: MailJob): Promise<Addressed | null>;
  /** Notes, with the row of `mail`, that the mail server took it. */
  noteSent?(tx: EntityManager, job: MailJob, at: Date): Promise<void>;
};

/** A kind whose mail is written in one transaction, and not again once it was sent. */
export const writtenAtOnce = (
  write: (tx: EntityManager, job: MailJob) => Promise<Addressed | null>,
): Pick<MailKind, 'write'> => ({
  write: ({ system }, job) =>
    system(job.jobId, async (tx) => ((await isSentMail(tx, job.jobId)) ? null : await write(tx, job))),
});
