import type { JobContext, JobHandler } from '@comptoir/shared/jobs/jobs.ts';
import type { IdentityConfig } from '../base/config.ts';
import { renderMail } from './mail.ts';
import { createMailer, isRefusedForGood } from './mailer.ts';
import type { MailKind } from './mailKind.ts';
import { addSentMail } from './mailStore.ts';

/** The kinds of mail, each by the field of a job's payload that only its jobs have. */
export type MailKinds = Readonly<Record<string, MailKind>>;

/**
 * Sends the mail of a job, once. Whom it goes to, and whether at all, is decided now and not when it was queued. Should
 * we die between the server's word that it has the mail and our note of it, the mail goes out again: with the same
 * Message-ID and the same link.
 */
export const sendMail =
  (config: IdentityConfig, kinds: MailKinds) =>
  (work: JobContext): JobHandler => {
    const { system, clock, log } = work;
    const mailer = createMailer(config);
    return async (payload, jobId) => {
      const job = { payload, jobId };
      const kind = kindOf(kinds, payload);
      const addressed = await kind.write(work, job);
      if (addressed === null) return;
      try {
        await mailer(addressed.to, jobId, renderMail(addressed.mail, addressed.language));
      } catch (error) {
        if (!isRefusedForGood(error)) throw error;
        log.warn(
          { jobId, responseCode: (error as { responseCode: number }).responseCode },
          'a mail was refused for good',
        );
        return;
      }
      await system(jobId, async (tx) => {
        const at = clock.now();
        await addSentMail(tx, jobId, at);
        await kind.noteSent?.(tx, job, at);
      });
    };
  };

function kindOf(kinds: MailKinds, payload: Readonly<Record<string, unknown>>): MailKind {
  const found = Object.entries(kinds).find(([field]) => typeof payload[field] === 'string');
  if (found === undefined) throw new Error(`No mail is of the kind of ${Object.keys(payload).join(', ')}.`);
  return found[1];
}
