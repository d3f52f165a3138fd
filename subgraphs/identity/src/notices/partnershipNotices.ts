import type { NoticeTexts } from './noticeTexts.ts';

/** What the people of one side are told about a partnership (U05, U08). */
export const partnershipNotices: NoticeTexts = {
  PARTNERSHIP_REQUESTED: {
    EN: ({ partner, message }) => [
      `${partner} asks to be your partner`,
      `${partner} asks to attach your account as its partner. Nothing changes until you accept; you choose what it may touch.`,
      ...(message === '' ? [] : [`${partner} writes: ${message}`]),
    ],
    FR: ({ partner, message }) => [
      `${partner} demande à être votre partenaire`,
      `${partner} demande à rattacher votre compte en tant que partenaire. Rien ne change tant que vous n’avez pas accepté ; vous choisissez ce à quoi il accède.`,
      ...(message === '' ? [] : [`${partner} écrit : ${message}`]),
    ],
  },
  PARTNERSHIP_ACCEPTED: {
    EN: ({ client }) => [
      `${client} accepted your partnership`,
      `${client} accepted your request and is attached to your account now.`,
    ],
    FR: ({ client }) => [
      `${client} a accepté votre partenariat`,
      `${client} a accepté votre demande et est désormais rattaché à votre compte.`,
    ],
  },
  PARTNERSHIP_REFUSED: {
    EN: ({ client }) => [`${client} refused your partnership`, `${client} refused your request. Nothing has changed.`],
    FR: ({ client }) => [`${client} a refusé votre partenariat`, `${client} a refusé votre demande. Rien n’a changé.`],
  },
  PARTNERSHIP_ENDED: {
    EN: ({ partner, client }) => [
      `The partnership of ${partner} and ${client} has ended`,
      `The partnership of ${partner} and ${client} has ended. What the partner could see and do for the client ended with it.`,
    ],
    FR: ({ partner, client }) => [
      `Le partenariat entre ${partner} et ${client} a pris fin`,
      `Le partenariat entre ${partner} et ${client} a pris fin. Ce que le partenaire pouvait voir et faire pour le client a pris fin avec lui.`,
    ],
  },
};
