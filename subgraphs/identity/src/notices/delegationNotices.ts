import type { NoticeTexts } from './noticeTexts.ts';

/** What the people of one side are told about a take-over of trackers (U09-U13). */
export const delegationNotices: NoticeTexts = {
  DELEGATION_OFFERED: {
    EN: ({ client }) => [
      `${client} offers you its trackers`,
      `${client} offers you to take over trackers and to pay for what they use. Nothing changes until you accept.`,
    ],
    FR: ({ client }) => [
      `${client} vous propose ses trackers`,
      `${client} vous propose de prendre en charge des trackers et de payer leur consommation. Rien ne change tant que vous n’avez pas accepté.`,
    ],
  },
  DELEGATION_ACCEPTED: {
    EN: ({ partner }) => [
      `${partner} takes over your trackers`,
      `${partner} accepted your offer and pays for what those trackers use from now on.`,
    ],
    FR: ({ partner }) => [
      `${partner} prend en charge vos trackers`,
      `${partner} a accepté votre proposition et paie désormais la consommation de ces trackers.`,
    ],
  },
  DELEGATION_REFUSED: {
    EN: ({ partner }) => [
      `${partner} refused your trackers`,
      `${partner} refused your offer. You go on paying for what those trackers use.`,
    ],
    FR: ({ partner }) => [
      `${partner} a refusé vos trackers`,
      `${partner} a refusé votre proposition. Vous continuez à payer la consommation de ces trackers.`,
    ],
  },
  DELEGATION_ENDED: {
    EN: ({ partner, client }) => [
      'A take-over of trackers has ended',
      `The take-over of trackers of ${client} by ${partner} has ended. From that instant ${client} pays for what they use.`,
    ],
    FR: ({ partner, client }) => [
      'Une prise en charge de trackers a pris fin',
      `La prise en charge de trackers de ${client} par ${partner} a pris fin. Depuis cet instant, ${client} paie leur consommation.`,
    ],
  },
};
