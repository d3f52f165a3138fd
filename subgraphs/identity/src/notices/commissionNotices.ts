import type { NoticeTexts } from './noticeTexts.ts';

/** What a partner is told about what it earns from the clients that it brought (A74, A75). */
export const commissionNotices: NoticeTexts = {
  COMMISSION_STATEMENT: {
    EN: ({ amount, day }) => [
      `Your commissions for ${day}`,
      `Your statement for ${day} is closed. It comes to ${amount}. What is below the least that is paid out, or negative, is carried forward.`,
    ],
    FR: ({ amount, day }) => [
      `Vos commissions pour ${day}`,
      `Votre relevé pour ${day} est clos. Il s’élève à ${amount}. Ce qui n’atteint pas le minimum de versement, ou est négatif, est reporté.`,
    ],
  },
  COMMISSION_PAID: {
    EN: ({ amount }) => [
      `We paid you ${amount}`,
      `Commissions of ${amount} were paid to the PayPal address of your account.`,
    ],
    FR: ({ amount }) => [
      `Nous vous avons versé ${amount}`,
      `Des commissions de ${amount} ont été versées à l’adresse PayPal de votre compte.`,
    ],
  },
  PAYOUT_ADDRESS_SET: {
    EN: () => [
      'Your commissions go to another address',
      'The PayPal address to which your commissions are paid was changed or taken away. If nobody of yours did this, change it back and tell us.',
    ],
    FR: () => [
      'Vos commissions sont versées à une autre adresse',
      'L’adresse PayPal à laquelle vos commissions sont versées a été changée ou retirée. Si personne de chez vous ne l’a fait, rétablissez-la et prévenez-nous.',
    ],
  },
};
