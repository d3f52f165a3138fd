import type { MailText } from '../mails/mail.ts';
import type { Language } from '../people/userTables.ts';

/** To somebody who forgot their password (A45). */
export function passwordResetLink(publicUrl: string, token: string, language: Language): MailText {
  const url = `${publicUrl}/reset?token=${token}`;
  return language === 'FR'
    ? {
        subject: 'Choisissez un nouveau mot de passe',
        paragraphs: [
          'Bonjour,',
          'Quelqu’un, sans doute vous, a demandé un nouveau mot de passe. Suivez le lien pour le choisir. Il est valable une heure, une seule fois ; vos sessions ouvertes prendront fin.',
          'Si ce n’était pas vous, ne faites rien : votre mot de passe reste le même.',
        ],
        link: { label: 'Choisir un nouveau mot de passe', url },
        token: { mutation: 'passwordReset', value: token },
      }
    : {
        subject: 'Choose a new password',
        paragraphs: [
          'Hello,',
          'Somebody, probably you, asked for a new password. Follow the link to choose it. It is good for an hour, once; your open sessions will end.',
          'If it was not you, do nothing: your password stays the same.',
        ],
        link: { label: 'Choose a new password', url },
        token: { mutation: 'passwordReset', value: token },
      };
}
