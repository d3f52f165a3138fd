import type { MailText } from '../mails/mail.ts';
import type { Language } from '../people/userTables.ts';

/**
 * To an address without a login that somebody wants to sign up. It repeats nothing of what they typed: it may not be
 * theirs.
 */
export function signUpLink(publicUrl: string, token: string, language: Language): MailText {
  const link = `${publicUrl}/welcome?token=${token}`;
  return language === 'FR'
    ? {
        subject: 'Terminez votre inscription',
        paragraphs: [
          'Bonjour,',
          'Quelqu’un, sans doute vous, ouvre un compte avec cette adresse. Suivez le lien et choisissez votre mot de passe. Il est valable un jour, une seule fois.',
          'Si ce n’était pas vous, ne faites rien : aucun compte n’est ouvert.',
        ],
        link: { label: 'Choisir mon mot de passe', url: link },
        token: { mutation: 'signUpComplete', value: token },
      }
    : {
        subject: 'Complete your sign-up',
        paragraphs: [
          'Hello,',
          'Somebody, probably you, is opening an account with this address. Follow the link and choose your password. It is good for a day, once.',
          'If it was not you, do nothing: no account is opened.',
        ],
        link: { label: 'Choose my password', url: link },
        token: { mutation: 'signUpComplete', value: token },
      };
}
