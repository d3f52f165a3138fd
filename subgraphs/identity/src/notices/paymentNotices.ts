import type { Language } from '../people/userTables.ts';
import type { NoticeTexts } from './noticeTexts.ts';

/** Why a card was not charged, as billing names it; a reason that is not here is not told. */
const REASONS: Record<string, Record<Language, string>> = {
  CARD_DECLINED: { EN: 'the card was declined', FR: 'la carte a été refusée' },
  INSUFFICIENT_FUNDS: { EN: 'there is not enough money on the card', FR: 'le solde de la carte est insuffisant' },
  CARD_EXPIRED: { EN: 'the card has expired', FR: 'la carte a expiré' },
  NO_CARD: { EN: 'there is no card to charge', FR: 'aucune carte n’est enregistrée' },
  NOT_CONFIRMED: {
    EN: 'the payment was not confirmed at the bank',
    FR: 'le paiement n’a pas été confirmé auprès de la banque',
  },
};

const because = (reason: string, language: Language): string => {
  const text = REASONS[reason]?.[language];
  if (text === undefined) return '';
  return language === 'FR' ? ` : ${text}` : `: ${text}`;
};

const forClient = (client: string, language: Language): string =>
  client === '' ? '' : language === 'FR' ? ` pour ${client}` : ` for ${client}`;

/** What becomes of payments by card: for those who pay (A43, P). */
export const paymentNotices: NoticeTexts = {
  PAYMENT_FAILED: {
    EN: ({ invoice, amount, client, reason, day }) => [
      `The payment of invoice ${invoice} failed`,
      `We could not collect ${amount} for invoice ${invoice}${forClient(client, 'EN')}${because(reason, 'EN')}.`,
      `We try again on ${day}. To have it tried at once, put another card on the billing profile.`,
    ],
    FR: ({ invoice, amount, client, reason, day }) => [
      `Le paiement de la facture ${invoice} a échoué`,
      `Nous n’avons pas pu encaisser ${amount} au titre de la facture ${invoice}${forClient(client, 'FR')}${because(reason, 'FR')}.`,
      `Nous réessaierons le ${day}. Pour un nouvel essai immédiat, enregistrez une autre carte sur le profil de facturation.`,
    ],
  },
  PAYMENT_FAILED_LAST: {
    EN: ({ invoice, amount, client, reason }) => [
      `Invoice ${invoice} is still not paid`,
      `The last attempt to collect ${amount} for invoice ${invoice}${forClient(client, 'EN')} failed${because(reason, 'EN')}. We do not try again by ourselves.`,
      'Put another card on the billing profile: the invoice is then collected at once.',
    ],
    FR: ({ invoice, amount, client, reason }) => [
      `La facture ${invoice} reste impayée`,
      `Le dernier essai d’encaissement de ${amount} au titre de la facture ${invoice}${forClient(client, 'FR')} a échoué${because(reason, 'FR')}. Il n’y aura plus d’essai automatique.`,
      'Enregistrez une autre carte sur le profil de facturation : la facture sera alors encaissée aussitôt.',
    ],
  },
  PAYMENT_NEEDS_ACTION: {
    EN: ({ message, amount, link }) => [
      'Please confirm a payment at your bank',
      `Your bank wants you to confirm a payment of ${amount} (${message}). Until then nothing is charged.`,
      `Confirm it here within 20 hours: ${link}`,
    ],
    FR: ({ message, amount, link }) => [
      'Merci de confirmer un paiement auprès de votre banque',
      `Votre banque vous demande de confirmer un paiement de ${amount} (${message}). Rien n’est débité d’ici là.`,
      `Confirmez-le ici dans les 20 heures : ${link}`,
    ],
  },
  CARD_EXPIRES_SOON: {
    EN: ({ card, day }) => [
      'Your card expires soon',
      `The card ${card}, which pays your invoices, is good until ${day}. Put another one on the billing profile before that day.`,
    ],
    FR: ({ card, day }) => [
      'Votre carte expire bientôt',
      `La carte ${card}, qui règle vos factures, est valable jusqu’au ${day}. Enregistrez-en une autre sur le profil de facturation avant cette date.`,
    ],
  },
};
