import { startRounds } from '@comptoir/shared/concurrency/rounds.ts';
import type { JobContext, JobHandlers } from '@comptoir/shared/jobs/jobs.ts';
import type { IdentityConfig } from './base/config.ts';
import { emailChangeMails } from './emailChange/emailChangeMail.ts';
import { invitationMails } from './invitations/invitationMail.ts';
import { accountOpen } from './links/accountOpen.ts';
import { linkMails } from './links/linkMail.ts';
import { type MailKinds, sendMail } from './mails/mailJob.ts';
import { personMails } from './mails/personMails.ts';
import { noticeMails } from './notices/noticeMails.ts';
import { sweepRounds } from './sweeps.ts';
import { sealing } from './trail/background.ts';

/** Every kind of mail, by the field of its jobs' payload. */
const mailKinds = (config: IdentityConfig): MailKinds => ({
  linkId: linkMails(config),
  invitationId: invitationMails(config),
  emailChangeId: emailChangeMails(config),
  personMail: personMails(config),
  noticeId: noticeMails(config),
});

/** What follows a commit here. */
export const jobs =
  (config: IdentityConfig) =>
  (work: JobContext): JobHandlers => ({
    mail: sendMail(config, mailKinds(config))(work),
    'account-open': accountOpen(work),
  });

const SWEEP_MS = 10 * 60_000;

/** Clears away, now and then, what is over, and seals the audit trail. */
export const background =
  (config: IdentityConfig) =>
  (work: JobContext): { stop(): Promise<void> } => {
    const seals = sealing(work, config);
    const sweeps = startRounds(work, sweepRounds(config), SWEEP_MS);
    return {
      async stop() {
        await Promise.all([sweeps.stop(), seals.stop()]);
      },
    };
  };
