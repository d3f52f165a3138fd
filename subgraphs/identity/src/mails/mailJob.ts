import type { JobHandler } from '@comptoir/shared/jobs.ts';
import type { JobContext } from '@comptoir/shared/localSubgraph.ts';
import type { EntityManager } from 'typeorm';
import { type IdentityConfig, realNow } from '../config.ts';
import { writeEmailChangeMail } from '../emailChange/emailChangeMail.ts';
import type { EmailSide } from '../emailChange/emailChangeStore.ts';
import { saveSent } from '../invitations/answerStore.ts';
import { mailedSecret } from '../links/linkSecret.ts';
import { findLink, isNewestLink, saveLinkSecret } from '../links/linkStore.ts';
import { findAddress, findLogin } from '../passwords/loginStore.ts';
import type { Language } from '../people/userTables.ts';
import { alreadyHaveLogin } from './alreadyHaveLogin.ts';
import { writeInvitationMail } from './invitationMail.ts';
import { type MailText, renderMail } from './mail.ts';
import { createMailer, isRefusedForGood } from './mailer.ts';
import { mayMail } from './mailLimit.ts';
import { addSentMail, findNoticeMail, isSentMail } from './mailStore.ts';
import { noticeMail } from './notices.ts';
import { passwordResetLink } from './passwordReset.ts';
import { type PersonMail, personMail } from './personMails.ts';
import { signUpLink } from './signUpLink.ts';

export type Addressed = { to: string; language: Language; mail: MailText };

/**
 * Sends the mail of a job, once. Whom it goes to, and whether at all, is decided now and not when it was queued. Should we die between the server's
 * word that it has the mail and our note of it, the mail goes out again: with the same Message-ID and the same link.
 */
export const sendMail =
  (config: IdentityConfig) =>
  (work: JobContext): JobHandler => {
    const { system, clock, log } = work;
    const mailer = createMailer(config);
    return async ({ linkId, noticeId, userId, invitationId, personMail: told, emailChangeId, side }, jobId) => {
      const invitation = typeof invitationId === 'string' ? invitationId : null;
      const addressed =
        invitation !== null
          ? await writeInvitationMail(work, invitation, jobId, config)
          : await system(jobId, async (tx) => {
              if (await isSentMail(tx, jobId)) return null;
              if (typeof linkId === 'string') return await writeLinkMail(tx, linkId, jobId, config);
              if (typeof emailChangeId === 'string')
                return await writeEmailChangeMail(tx, { id: emailChangeId, side: side as EmailSide }, jobId, config);
              return typeof told === 'string'
                ? await writePersonMail(tx, told as PersonMail, userId as string, config)
                : await writeNoticeMail(tx, noticeId as string, userId as string, config);
            });
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
        await addSentMail(tx, jobId, clock.now());
        if (invitation !== null) await saveSent(tx, { id: invitation, mailId: jobId }, clock.now());
      });
    };
  };

/** Null when there is nothing to send: the link is over, or a reset was asked for an address without a login. */
async function writeLinkMail(
  tx: EntityManager,
  linkId: string,
  jobId: string,
  config: IdentityConfig,
): Promise<Addressed | null> {
  const link = await findLink(tx, linkId);
  if (link === null || link.usedAt !== null || link.expiresAt <= realNow(config) || !(await isNewestLink(tx, link)))
    return null;
  const login = await findLogin(tx, link.email);
  const { publicUrl } = config;
  if (link.kind === 'PASSWORD_RESET' && !login?.active) return null;
  if (!(await mayMail(tx, { jobId, kind: link.kind, email: link.email }, config))) return null;
  if (link.kind === 'SIGN_UP' && login !== null && login.passwordHash !== null) {
    return { to: link.email, language: login.language, mail: alreadyHaveLogin(publicUrl, login.language) };
  }

  const { secret, hash } = mailedSecret(jobId, config);
  await saveLinkSecret(tx, link.id, hash);
  // Somebody who was invited and has no password yet has chosen no language either.
  const language = login === null || login.passwordHash === null ? link.language : login.language;
  const write = link.kind === 'SIGN_UP' ? signUpLink : passwordResetLink;
  return { to: link.email, language, mail: write(publicUrl, secret, language) };
}

/** What a person is told about their own login; null when they are not active any more. */
async function writePersonMail(
  tx: EntityManager,
  kind: PersonMail,
  userId: string,
  { publicUrl }: IdentityConfig,
): Promise<Addressed | null> {
  const person = await findAddress(tx, userId);
  if (person === null) return null;
  return { to: person.email, language: person.language, mail: personMail(kind, publicUrl, person.language) };
}

async function writeNoticeMail(
  tx: EntityManager,
  noticeId: string,
  userId: string,
  { publicUrl }: IdentityConfig,
): Promise<Addressed | null> {
  const found = await findNoticeMail(tx, noticeId, userId);
  if (found === null) return null;
  const { email, language, kind, params } = found;
  return { to: email, language, mail: noticeMail(kind, params, publicUrl, language) };
}
