import type { JobHandler } from '@comptoir/shared/jobs.ts';
import type { JobContext } from '@comptoir/shared/localSubgraph.ts';
import type { EntityManager } from 'typeorm';
import { type IdentityConfig, realNow } from '../config.ts';
import { newLinkSecret } from '../links/linkSecret.ts';
import { findLink, isNewestLink, saveLinkSecret } from '../links/linkStore.ts';
import { findLogin } from '../passwords/loginStore.ts';
import type { Language } from '../people/userTables.ts';
import { alreadyHaveLogin } from './alreadyHaveLogin.ts';
import { type MailText, renderMail } from './mail.ts';
import { createMailer, isRefusedForGood } from './mailer.ts';
import { addSentMail, findNoticeMail, isSentMail } from './mailStore.ts';
import { noticeMail } from './notices.ts';
import { passwordResetLink } from './passwordReset.ts';
import { signUpLink } from './signUpLink.ts';

type Addressed = { to: string; language: Language; mail: MailText };

/**
 * Sends the mail of a job, once. Whom it goes to, and whether at all, is decided now and not when it was queued. Should we die between the server's
 * word that it has the mail and our note of it, the mail goes out again: with the same Message-ID, and for a link with a new secret, which voids the first.
 */
export const sendMail =
  (config: IdentityConfig) =>
  ({ system, clock, log }: JobContext): JobHandler => {
    const mailer = createMailer(config);
    return async ({ linkId, noticeId, userId }, jobId) => {
      const addressed = await system(jobId, async (tx) => {
        if (await isSentMail(tx, jobId)) return null;
        return typeof linkId === 'string'
          ? await writeLinkMail(tx, linkId, config)
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
      await system(jobId, (tx) => addSentMail(tx, jobId, clock.now()));
    };
  };

/** Null when there is nothing to send: the link is over, or a reset was asked for an address without a login. */
async function writeLinkMail(tx: EntityManager, linkId: string, config: IdentityConfig): Promise<Addressed | null> {
  const link = await findLink(tx, linkId);
  if (link === null || link.usedAt !== null || link.expiresAt <= realNow(config) || !(await isNewestLink(tx, link)))
    return null;
  const login = await findLogin(tx, link.email);
  const { publicUrl } = config;
  if (link.kind === 'SIGN_UP' && login !== null) {
    return { to: link.email, language: login.language, mail: alreadyHaveLogin(publicUrl, login.language) };
  }
  if (link.kind === 'PASSWORD_RESET' && !login?.active) return null;

  const { secret, hash } = newLinkSecret();
  await saveLinkSecret(tx, link.id, hash);
  const language = login?.language ?? link.language;
  const write = link.kind === 'SIGN_UP' ? signUpLink : passwordResetLink;
  return { to: link.email, language, mail: write(publicUrl, secret, language) };
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
