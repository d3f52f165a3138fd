import { type IdentityConfig, realNow } from '../base/config.ts';
import { mailedSecret } from '../credentials/linkSecret.ts';
import type { MailText } from '../mails/mail.ts';
import { type MailKind, writtenAtOnce } from '../mails/mailKind.ts';
import { mayMail } from '../mails/mailLimit.ts';
import { findAddress, findLogin } from '../people/loginStore.ts';
import type { Language } from '../people/userTables.ts';
import { type EmailSide, findEmailChange, saveEmailChangeSecret } from './emailChangeStore.ts';

/**
 * The mail to one of the two addresses of a change; none when the change is over. The new address gets none when it has
 * a login: who asked is not told.
 */
export const emailChangeMails = (config: IdentityConfig): MailKind =>
  writtenAtOnce(async (tx, { payload, jobId }) => {
    const [id, side] = [payload.emailChangeId as string, payload.side as EmailSide];
    const change = await findEmailChange(tx, id, realNow(config));
    const person = change === null ? null : await findAddress(tx, change.userId);
    if (change === null || person === null) return null;
    const to = side === 'OLD' ? change.oldEmail : change.newEmail;
    if (side === 'NEW' && (await findLogin(tx, to)) !== null) return null;
    if (!(await mayMail(tx, { jobId, kind: 'EMAIL_CHANGE', email: to }, config))) return null;

    const { secret, hash } = mailedSecret(jobId, config);
    await saveEmailChangeSecret(tx, { id, side }, hash);
    return {
      to,
      language: person.language,
      mail: emailChangeLink(config.publicUrl, secret, side, change.newEmail)[person.language],
    };
  });

function emailChangeLink(
  publicUrl: string,
  token: string,
  side: EmailSide,
  newEmail: string,
): Record<Language, MailText> {
  const url = `${publicUrl}/email?token=${token}`;
  const value = { mutation: 'emailChangeConfirm', value: token };
  return {
    EN: {
      subject: side === 'OLD' ? 'Shall your e-mail change?' : 'Confirm your new e-mail',
      paragraphs: [
        'Hello,',
        side === 'OLD'
          ? `Somebody, probably you, wants to log in with ${newEmail} from now on instead of this address. Follow the link to agree. The new address is asked too; until both have agreed, nothing changes. The link is good for an hour, once.`
          : 'Somebody, probably you, wants to log in with this address from now on. Follow the link to agree. The old address is asked too; until both have agreed, nothing changes. The link is good for an hour, once.',
        side === 'OLD'
          ? 'If it was not you, do not follow the link, and change your password: whoever asked knows it.'
          : 'If it was not you, do nothing: nothing has changed.',
      ],
      link: { label: 'I agree', url },
      token: value,
    },
    FR: {
      subject: side === 'OLD' ? 'Faut-il changer votre e-mail ?' : 'Confirmez votre nouvel e-mail',
      paragraphs: [
        'Bonjour,',
        side === 'OLD'
          ? `Quelqu’un, sans doute vous, veut désormais se connecter avec ${newEmail} au lieu de cette adresse. Suivez le lien pour accepter. La nouvelle adresse est interrogée aussi ; tant que les deux n’ont pas accepté, rien ne change. Le lien est valable une heure, une seule fois.`
          : 'Quelqu’un, sans doute vous, veut désormais se connecter avec cette adresse. Suivez le lien pour accepter. L’ancienne adresse est interrogée aussi ; tant que les deux n’ont pas accepté, rien ne change. Le lien est valable une heure, une seule fois.',
        side === 'OLD'
          ? 'Si ce n’était pas vous, ne suivez pas le lien et changez votre mot de passe : celui qui l’a demandé le connaît.'
          : 'Si ce n’était pas vous, ne faites rien : rien n’a changé.',
      ],
      link: { label: 'J’accepte', url },
      token: value,
    },
  };
}
