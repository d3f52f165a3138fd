import type { NoticeTexts } from './noticeTexts.ts';
import { paymentNotices } from './paymentNotices.ts';

/** What those are told who pay: the partner for its clients, a client who pays itself (A43, A44, A77). */
export const billingNotices: NoticeTexts = {
  ...paymentNotices,
  CREDITS_EXPIRE_SOON: {
    EN: ({ client, credits, kind, day }) => [
      `Credits of ${client} expire soon`,
      `${credits} ${kind} credits of ${client} have not been spent yet. They expire from ${day} (UTC) on and cannot be spent after that.`,
    ],
    FR: ({ client, credits, kind, day }) => [
      `Des crédits de ${client} expirent bientôt`,
      `${credits} crédits ${kind} de ${client} n’ont pas encore été dépensés. Ils expirent à partir du ${day} (UTC) et ne pourront plus être dépensés ensuite.`,
    ],
  },
  CREDITS_LOW: {
    EN: ({ client, credits, kind }) => [
      `${client} has ${credits} ${kind} credits left`,
      `The balance of the ${kind} wallet of ${client} has fallen below the limit that you set: ${credits} credits are left.`,
    ],
    FR: ({ client, credits, kind }) => [
      `Il reste ${credits} crédits ${kind} à ${client}`,
      `Le solde du portefeuille ${kind} de ${client} est passé sous la limite que vous avez fixée : il reste ${credits} crédits.`,
    ],
  },
  TOPPED_UP: {
    EN: ({ credits, kind, amount }) => [
      `Your ${kind} wallet was topped up for ${amount}`,
      `The balance of your ${kind} wallet was low, so credits were bought for ${amount}, tax included. It holds ${credits} credits now.`,
    ],
    FR: ({ credits, kind, amount }) => [
      `Votre portefeuille ${kind} a été rechargé pour ${amount}`,
      `Le solde de votre portefeuille ${kind} était bas ; des crédits ont été achetés pour ${amount}, taxes comprises. Il contient désormais ${credits} crédits.`,
    ],
  },
  TOP_UP_FAILED: {
    EN: ({ credits, kind, reason }) => [
      `Your ${kind} wallet could not be topped up`,
      `The balance of your ${kind} wallet is low (${credits} credits), and buying more was refused (${reason}). The automatic top-up has stopped: put right what is wrong and set it again.`,
    ],
    FR: ({ credits, kind, reason }) => [
      `Votre portefeuille ${kind} n’a pas pu être rechargé`,
      `Le solde de votre portefeuille ${kind} est bas (${credits} crédits) et l’achat de crédits a été refusé (${reason}). La recharge automatique est arrêtée : corrigez la cause, puis réglez-la de nouveau.`,
    ],
  },
  TOP_UP_CAPPED: {
    EN: ({ credits, kind, amount }) => [
      `Your ${kind} wallet is low and its monthly cap is used up`,
      `The balance of your ${kind} wallet is low (${credits} credits). Another purchase would exceed the cap of ${amount} a month, so nothing was bought. The automatic top-up goes on next month.`,
    ],
    FR: ({ credits, kind, amount }) => [
      `Votre portefeuille ${kind} est bas et son plafond mensuel est atteint`,
      `Le solde de votre portefeuille ${kind} est bas (${credits} crédits). Un achat de plus dépasserait le plafond de ${amount} par mois ; rien n’a été acheté. La recharge automatique reprendra le mois prochain.`,
    ],
  },
};
