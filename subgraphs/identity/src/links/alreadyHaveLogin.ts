import type { MailText } from '../mails/mail.ts';
import type { Language } from '../people/userTables.ts';

/**
 * To somebody who has a login and whose address was signed up again: the answer of sign-up did not say so, this mail
 * does.
 */
export function alreadyHaveLogin(publicUrl: string, language: Language): MailText {
  const url = `${publicUrl}/graphql`;
  return language === 'FR'
    ? {
        subject: 'Vous avez déjà un identifiant',
        paragraphs: [
          'Bonjour,',
          'Quelqu’un, sans doute vous, a voulu s’inscrire avec cette adresse. Vous avez déjà un identifiant : connectez-vous, ou demandez un nouveau mot de passe si vous l’avez oublié.',
          'Si ce n’était pas vous, ne faites rien : rien n’a changé.',
        ],
        link: { label: 'Me connecter', url },
      }
    : {
        subject: 'You already have a login',
        paragraphs: [
          'Hello,',
          'Somebody, probably you, wanted to sign up with this address. You already have a login: log in, or ask for a new password if you forgot it.',
          'If it was not you, do nothing: nothing has changed.',
        ],
        link: { label: 'Log in', url },
      };
}
