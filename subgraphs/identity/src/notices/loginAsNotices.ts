import type { NoticeTexts } from './noticeTexts.ts';

/** What the people of an account are told when somebody of another logs in as it (A59, N12). */
export const loginAsNotices: NoticeTexts = {
  LOGIN_AS_STARTED: {
    EN: ({ partner, message }) => [
      `${partner} has logged in as your account`,
      `Somebody of ${partner} acts for your account now, for an hour at most.`,
      `Their reason: ${message}`,
      'You see who it is, and can end it at once, under the log-ins as your account.',
    ],
    FR: ({ partner, message }) => [
      `${partner} s’est connecté à votre compte`,
      `Une personne de ${partner} agit en ce moment pour votre compte, pendant une heure au plus.`,
      `Son motif : ${message}`,
      'Vous voyez de qui il s’agit, et pouvez y mettre fin aussitôt, dans les connexions à votre compte.',
    ],
  },
};
