import { enqueue } from '@comptoir/shared/jobs/jobs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import type { IdentityConfig } from '../base/config.ts';
import { findAddress } from '../people/loginStore.ts';
import type { Language } from '../people/userTables.ts';
import type { MailText } from './mail.ts';
import { type MailKind, writtenAtOnce } from './mailKind.ts';

export type PersonMail = 'PASSWORD_CHANGED' | 'TOTP_ON' | 'TOTP_OFF' | 'TOTP_REMOVED_BY_STAFF';

/** What a person is told about their own login: if it was not them, somebody has their session. */
const TEXTS: Record<PersonMail, Record<Language, [string, string]>> = {
  PASSWORD_CHANGED: {
    EN: [
      'Your password was changed',
      'Your password was changed, and every other session of yours has ended. If it was not you, ask for a new password at once: the link below begins it.',
    ],
    FR: [
      'Votre mot de passe a été modifié',
      'Votre mot de passe a été modifié, et toutes vos autres sessions ont pris fin. Si ce n’était pas vous, demandez tout de suite un nouveau mot de passe : le lien ci-dessous y mène.',
    ],
  },
  TOTP_ON: {
    EN: [
      'Your second factor is on',
      'From now on logging in asks for a code of your app. Keep the recovery codes where you will find them without your telephone.',
    ],
    FR: [
      'Votre double authentification est activée',
      'Désormais, la connexion demande un code de votre application. Gardez les codes de secours là où vous les trouverez sans votre téléphone.',
    ],
  },
  TOTP_OFF: {
    EN: [
      'Your second factor was taken away',
      'Logging in asks for your password only from now on. If it was not you, choose a new password at once: the link below begins it.',
    ],
    FR: [
      'Votre double authentification a été désactivée',
      'Désormais, la connexion ne demande que votre mot de passe. Si ce n’était pas vous, choisissez tout de suite un nouveau mot de passe : le lien ci-dessous y mène.',
    ],
  },
  TOTP_REMOVED_BY_STAFF: {
    EN: [
      'Our staff took your second factor away',
      'It was asked for in your name, and all of your sessions have ended. Where an account requires a second factor you set one up at your next log-in. If it was not you who asked, choose a new password and tell us at once.',
    ],
    FR: [
      'Notre équipe a retiré votre double authentification',
      'Cela a été demandé en votre nom, et toutes vos sessions ont pris fin. Si un compte exige une double authentification, vous en activerez une à la prochaine connexion. Si la demande n’était pas de vous, choisissez un nouveau mot de passe et prévenez-nous tout de suite.',
    ],
  },
};

/** Queues a mail to a person about their own login, in the transaction that causes it. */
export async function addPersonMail(tx: EntityManager, userId: string, kind: PersonMail): Promise<void> {
  await enqueue(tx, 'identity', { queue: 'mail', id: newId(), payload: { personMail: kind, userId } });
}

/** What a person is told about their own login; nothing when they are not active any more. */
export const personMails = ({ publicUrl }: IdentityConfig): MailKind =>
  writtenAtOnce(async (tx, { payload }) => {
    const person = await findAddress(tx, payload.userId as string);
    if (person === null) return null;
    const { email, language } = person;
    return { to: email, language, mail: personMail(payload.personMail as PersonMail, publicUrl, language) };
  });

function personMail(kind: PersonMail, publicUrl: string, language: Language): MailText {
  const [subject, paragraph] = TEXTS[kind][language];
  const [hello, label] = language === 'FR' ? ['Bonjour,', 'Ouvrir mon compte'] : ['Hello,', 'Open my account'];
  return { subject, paragraphs: [hello, paragraph], link: { label, url: `${publicUrl}/graphql` } };
}
