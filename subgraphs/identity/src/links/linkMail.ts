import { type IdentityConfig, realNow } from '../base/config.ts';
import { mailedSecret } from '../credentials/linkSecret.ts';
import { type MailKind, writtenAtOnce } from '../mails/mailKind.ts';
import { mayMail } from '../mails/mailLimit.ts';
import { findLogin } from '../people/loginStore.ts';
import { alreadyHaveLogin } from './alreadyHaveLogin.ts';
import { findLink, isNewestLink, saveLinkSecret } from './linkStore.ts';
import { passwordResetLink } from './passwordResetLink.ts';
import { signUpLink } from './signUpLink.ts';

/** The mail that carries a link; none when the link is over, or a reset was asked for an address without a login. */
export const linkMails = (config: IdentityConfig): MailKind =>
  writtenAtOnce(async (tx, { payload, jobId }) => {
    const link = await findLink(tx, payload.linkId as string);
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
  });
