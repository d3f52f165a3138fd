import type { IdentityConfig } from '../base/config.ts';
import { mailedSecret } from '../credentials/linkSecret.ts';
import type { MailText } from '../mails/mail.ts';
import type { MailKind } from '../mails/mailKind.ts';
import { mayMail } from '../mails/mailLimit.ts';
import { isSentMail } from '../mails/mailStore.ts';
import type { Language } from '../people/userTables.ts';
import { type AskedRow, findAsked, saveSecret, saveSent } from './answerStore.ts';

const NAMES = /* GraphQL */ `
  query Names($ids: [ID!]!) {
    internalAccountNames(ids: $ids) { id name }
  }
`;

/**
 * The mail of an invitation (G07, O12), with a secret that is made now and makes an earlier one void. None when it was
 * sent, answered, withdrawn or mailed anew, when it has expired, or when the login is shut.
 */
export const invitationMails = (config: IdentityConfig): MailKind => ({
  async write({ system, call, clock }, { payload, jobId }) {
    const id = payload.invitationId as string;
    const asked = await system(
      jobId,
      async (tx): Promise<AskedRow | null> => ((await isSentMail(tx, jobId)) ? null : await findAsked(tx, { id })),
    );
    if (asked === null || !asked.active || asked.mailId !== jobId) return null;
    type Answer = { internalAccountNames: { name: string }[] };
    const { internalAccountNames } = await call<Answer>('accounts', NAMES, { ids: [asked.accountId] }, jobId);
    const account = internalAccountNames[0]?.name ?? '';

    const { secret, hash } = mailedSecret(jobId, config);
    const good = await system(jobId, async (tx) => {
      // An invitation has a cool-down of its own, so that only the limit per hour is left to ask.
      const may = await mayMail(tx, { jobId, kind: `INVITATION ${jobId}`, email: asked.email }, config);
      return may && (await saveSecret(tx, { id, mailId: jobId }, hash, clock.now()));
    });
    if (!good) return null;
    const url = `${config.publicUrl}/invitation?token=${secret}`;
    const language = asked.hasLogin ? asked.personLanguage : asked.language;
    const write = asked.hasLogin ? toGuest : toContact;
    const mail = write(language, { account, email: asked.email });
    return {
      to: asked.email,
      language,
      mail: { ...mail, link: { ...mail.link, url }, token: { mutation: 'invitationAccept', value: secret } },
    };
  },
  noteSent: (tx, { payload, jobId }, at) => saveSent(tx, { id: payload.invitationId as string, mailId: jobId }, at),
});

type Words = { account: string; email: string };
type Written = Omit<MailText, 'link'> & { link: { label: string } };

/** To somebody without a login: it exists now, and they choose its password (G07). No password is ever sent. */
function toContact(language: Language, { account, email }: Words): Written {
  return language === 'FR'
    ? {
        subject: `${account} vous donne accès à son compte`,
        paragraphs: [
          'Bonjour,',
          `${account} vous donne accès à son compte. Votre identifiant a été créé : ${email}. Suivez le lien pour choisir vous-même votre mot de passe.`,
          'Le lien est valable sept jours, une seule fois. Si vous ne voulez pas de cet accès, ne faites rien, ou refusez l’invitation.',
        ],
        link: { label: 'Choisir mon mot de passe' },
      }
    : {
        subject: `${account} gives you access to its account`,
        paragraphs: [
          'Hello,',
          `${account} gives you access to its account. Your login exists: ${email}. Follow the link to choose your own password.`,
          'The link is good for seven days, once. If you do not want this access, do nothing, or refuse the invitation.',
        ],
        link: { label: 'Choose my password' },
      };
}

/** To somebody with a login, who accepts or refuses after logging in (O12). */
function toGuest(language: Language, { account }: Words): Written {
  return language === 'FR'
    ? {
        subject: `${account} vous invite dans son compte`,
        paragraphs: [
          'Bonjour,',
          `${account} vous invite dans son compte. Connectez-vous avec votre identifiant, puis acceptez ou refusez.`,
          'L’invitation est valable sept jours. Si vous ne faites rien, rien ne change.',
        ],
        link: { label: 'Voir l’invitation' },
      }
    : {
        subject: `${account} invites you into its account`,
        paragraphs: [
          'Hello,',
          `${account} invites you into its account. Log in with the login that you have, then accept or refuse.`,
          'The invitation is good for seven days. If you do nothing, nothing changes.',
        ],
        link: { label: 'See the invitation' },
      };
}
