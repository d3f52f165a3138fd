import { Refusal } from '@comptoir/shared/values/refusal.ts';

export type LinkKind = 'SIGN_UP' | 'PASSWORD_RESET';

/** How long a link is good for, in milliseconds of real time (A45: an hour). */
export const LINK_LIFE: Record<LinkKind, number> = { SIGN_UP: 24 * 3_600_000, PASSWORD_RESET: 3_600_000 };

/** One answer for every link that is not good, so that it tells nothing about the one it might have been. */
export const linkNotValid = (): Refusal<'LINK_NOT_VALID'> =>
  new Refusal('LINK_NOT_VALID', 'This link is not valid any more, or never was. Ask for a new one.', [
    'input',
    'token',
  ]);
