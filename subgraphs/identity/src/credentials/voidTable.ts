/**
 * What becomes of every secret and of everything half done when something that it rests on changes (GUARD: a secret
 * ends with what it rests on). `voidOn` applies this table, and a test tries each of its cells.
 */

/** Every way to get in, to stay in, or to go on with what was begun. */
export const THINGS = [
  /** A mailed link to sign up. It rests on an address that has no login. */
  'SIGN_UP_LINK',
  /** A mailed link to choose a new password. */
  'RESET_LINK',
  /**
   * A mailed link to answer an invitation. To somebody without a login it gives one; the invitation itself can be
   * answered by its id.
   */
  'INVITATION_LINK',
  /** A change of e-mail that one or both of its two mailed links have not confirmed yet. */
  'EMAIL_CHANGE',
  /** The secret of a second factor that was shown and not confirmed yet. */
  'TOTP_PENDING',
  /** Codes for the day that the telephone is lost. */
  'RECOVERY_CODES',
  /** The password, or a mailed link, was right; the code is still to come. */
  'LOGIN_CHALLENGE',
  /** A network that log-ins came from: the cap of guesses per hour does not hold there. */
  'KNOWN_NETWORK',
  /** A log-in's tokens, access and refresh, in another browser than the one in which the event happens. */
  'SESSION',
  /** The tokens of somebody who acts for a client. */
  'LOGIN_AS',
  /** An API key that the person owns. */
  'API_KEY',
  /** An API key that the person made and the account owns. */
  'ACCOUNT_KEY',
] as const;
export type Thing = (typeof THINGS)[number];

export const EVENTS = [
  /** By a sign-up link, or by an invitation's, where there was no password before. */
  'FIRST_PASSWORD',
  'PASSWORD_RESET',
  'PASSWORD_CHANGED',
  'EMAIL_CHANGED',
  'SECOND_FACTOR_ON',
  'SECOND_FACTOR_OFF',
  'USER_DEACTIVATED',
  'MEMBERSHIP_DEACTIVATED',
  'MEMBERSHIP_REMOVED',
  /** One more of the same kind. Kept where such a thing is made, and not by `voidOn`. */
  'NEWER',
] as const;
export type VoidEvent = (typeof EVENTS)[number];

/**
 * VOID: refused from then on, also when what happened is taken back. STOPS: refused while it lasts, good again after.
 * KEEP: as good as before. NEVER: the two cannot meet.
 */
export type Cell = { is: 'VOID' | 'STOPS' | 'KEEP' | 'NEVER'; because: string };

const cell =
  (is: Cell['is']) =>
  (because: string): Cell => ({ is, because });
const voids = cell('VOID');
const stops = cell('STOPS');
const keeps = cell('KEEP');
const never = cell('NEVER');

const NO_LOGIN_YET = never('Whoever has no password yet has none of these.');
const HAS_LOGIN = never('It is good only while its address has no login.');
const NOT_THE_ACCOUNT = keeps('It is the person’s, and rests on no membership.');
const THE_ACCOUNTS = keeps('It is the account’s, and rests on no person (G15).');
const MAY_BE_KNOWN = keeps('It rests on no person; `Membership.knownKeys` tells the account which secrets to rotate.');

export const VOIDS: Readonly<Record<Thing, Readonly<Record<VoidEvent, Cell>>>> = {
  SIGN_UP_LINK: {
    FIRST_PASSWORD: voids('The address has a login now.'),
    PASSWORD_RESET: voids('Somebody who was invited chose the first password by it: the address has a login now.'),
    PASSWORD_CHANGED: HAS_LOGIN,
    EMAIL_CHANGED: voids('Mailed to what is now the new address: it has a login.'),
    SECOND_FACTOR_ON: HAS_LOGIN,
    SECOND_FACTOR_OFF: HAS_LOGIN,
    USER_DEACTIVATED: voids('The provider shut out the person of that address.'),
    MEMBERSHIP_DEACTIVATED: HAS_LOGIN,
    MEMBERSHIP_REMOVED: HAS_LOGIN,
    NEWER: voids('The newest that was mailed is the one.'),
  },
  RESET_LINK: {
    FIRST_PASSWORD: voids('It was for choosing what is chosen now.'),
    PASSWORD_RESET: voids('It was for replacing a password that is gone.'),
    PASSWORD_CHANGED: voids('It was for replacing a password that is gone.'),
    EMAIL_CHANGED: voids('It lies in a mailbox that is not the person’s any more.'),
    SECOND_FACTOR_ON: keeps('It rests on mailbox and address only, and the code is asked for behind it.'),
    SECOND_FACTOR_OFF: keeps('It rests on mailbox and address only.'),
    USER_DEACTIVATED: voids('Whoever is let in again asks for a new one.'),
    MEMBERSHIP_DEACTIVATED: NOT_THE_ACCOUNT,
    MEMBERSHIP_REMOVED: NOT_THE_ACCOUNT,
    NEWER: voids('The newest that was mailed is the one.'),
  },
  INVITATION_LINK: {
    FIRST_PASSWORD: keeps('It gives no login any more and asks for the one that there is; the invitation stands.'),
    PASSWORD_RESET: keeps('It asks for a log-in; the invitation stands.'),
    PASSWORD_CHANGED: keeps('It asks for a log-in; the invitation stands.'),
    EMAIL_CHANGED: voids('It lies in a mailbox that is not the person’s any more; they answer by its id.'),
    SECOND_FACTOR_ON: keeps('It asks for a log-in; the invitation stands.'),
    SECOND_FACTOR_OFF: keeps('It asks for a log-in; the invitation stands.'),
    USER_DEACTIVATED: voids('Whoever is let in again answers by its id, or is mailed a new one.'),
    MEMBERSHIP_DEACTIVATED: keeps('It is another account’s.'),
    MEMBERSHIP_REMOVED: keeps('It is another account’s.'),
    NEWER: voids('The newest that was mailed is the one.'),
  },
  EMAIL_CHANGE: {
    FIRST_PASSWORD: NO_LOGIN_YET,
    PASSWORD_RESET: voids('It was begun with a password that is gone, perhaps by a thief.'),
    PASSWORD_CHANGED: voids('It was begun with a password that is gone, perhaps by a thief.'),
    EMAIL_CHANGED: voids('It was to replace an address that is gone.'),
    SECOND_FACTOR_ON: voids('It was begun by less than is asked for now.'),
    SECOND_FACTOR_OFF: voids('It was begun under a second factor that is gone.'),
    USER_DEACTIVATED: voids('Whoever is let in again begins anew.'),
    MEMBERSHIP_DEACTIVATED: NOT_THE_ACCOUNT,
    MEMBERSHIP_REMOVED: NOT_THE_ACCOUNT,
    NEWER: voids('A person has one wish at a time.'),
  },
  TOTP_PENDING: {
    FIRST_PASSWORD: NO_LOGIN_YET,
    PASSWORD_RESET: voids('It was begun with a password that is gone, perhaps by a thief.'),
    PASSWORD_CHANGED: voids('It was begun with a password that is gone, perhaps by a thief.'),
    EMAIL_CHANGED: keeps('It rests on the password.'),
    SECOND_FACTOR_ON: voids('Another app is in force now.'),
    SECOND_FACTOR_OFF: voids('Whoever takes the second factor away begins anew.'),
    USER_DEACTIVATED: voids('Whoever is let in again begins anew.'),
    MEMBERSHIP_DEACTIVATED: NOT_THE_ACCOUNT,
    MEMBERSHIP_REMOVED: NOT_THE_ACCOUNT,
    NEWER: voids('The secret that was shown last is the one.'),
  },
  RECOVERY_CODES: {
    FIRST_PASSWORD: NO_LOGIN_YET,
    PASSWORD_RESET: keeps('The second factor does not rest on the password: that is what it is for.'),
    PASSWORD_CHANGED: keeps('The second factor does not rest on the password: that is what it is for.'),
    EMAIL_CHANGED: keeps('The second factor does not rest on the address.'),
    SECOND_FACTOR_ON: voids('They stood in for another app.'),
    SECOND_FACTOR_OFF: voids('They stood in for an app that is gone.'),
    USER_DEACTIVATED: stops('Being let in again must not take the second factor away.'),
    MEMBERSHIP_DEACTIVATED: NOT_THE_ACCOUNT,
    MEMBERSHIP_REMOVED: NOT_THE_ACCOUNT,
    NEWER: voids('New ones come with another app only.'),
  },
  LOGIN_CHALLENGE: {
    FIRST_PASSWORD: NO_LOGIN_YET,
    PASSWORD_RESET: voids('It stands for a password that is gone.'),
    PASSWORD_CHANGED: voids('It stands for a password that is gone.'),
    EMAIL_CHANGED: voids('It stands for an address that is gone.'),
    SECOND_FACTOR_ON: voids('It was to ask for another app’s code.'),
    SECOND_FACTOR_OFF: voids('There is nothing left that it could ask for.'),
    USER_DEACTIVATED: voids('Whoever is let in again logs in anew.'),
    MEMBERSHIP_DEACTIVATED: keeps('The person still is one; the door looks at the membership when the code comes.'),
    MEMBERSHIP_REMOVED: keeps('The person still is one; the door looks at the membership when the code comes.'),
    NEWER: keeps('Two browsers may log in at once, and nobody who knows the password ends another’s log-in with it.'),
  },
  KNOWN_NETWORK: {
    FIRST_PASSWORD: NO_LOGIN_YET,
    PASSWORD_RESET: voids('Who got in from there knew a password that is gone.'),
    PASSWORD_CHANGED: voids('Who got in from there knew a password that is gone.'),
    EMAIL_CHANGED: keeps('Who got in from there knew the password.'),
    SECOND_FACTOR_ON: keeps('Who got in from there knew the password.'),
    SECOND_FACTOR_OFF: keeps('Who got in from there knew the password.'),
    USER_DEACTIVATED: voids('Whoever was shut out is trusted no more than a stranger.'),
    MEMBERSHIP_DEACTIVATED: NOT_THE_ACCOUNT,
    MEMBERSHIP_REMOVED: NOT_THE_ACCOUNT,
    NEWER: keeps('A person has any number of them.'),
  },
  SESSION: {
    FIRST_PASSWORD: NO_LOGIN_YET,
    PASSWORD_RESET: voids('It was opened with a password that is gone.'),
    PASSWORD_CHANGED: voids('It was opened with a password that is gone; the one that changed it goes on.'),
    EMAIL_CHANGED: keeps('It rests on the password and the second factor, and both stand.'),
    SECOND_FACTOR_ON: voids('It was opened by less than is asked for now; the one that confirmed goes on.'),
    SECOND_FACTOR_OFF: voids('It may be on the telephone that was lost; the one that took it away goes on.'),
    USER_DEACTIVATED: voids('Whoever is let in again logs in anew (G18).'),
    MEMBERSHIP_DEACTIVATED: keeps('The person still is one, without that account.'),
    MEMBERSHIP_REMOVED: keeps('The person still is one, without that account.'),
    NEWER: keeps('A person has any number of them.'),
  },
  LOGIN_AS: {
    FIRST_PASSWORD: NO_LOGIN_YET,
    PASSWORD_RESET: voids('It rests on the session that it was started from.'),
    PASSWORD_CHANGED: voids('It rests on the session that it was started from.'),
    EMAIL_CHANGED: keeps('It rests on the session that it was started from.'),
    SECOND_FACTOR_ON: voids('It rests on the session that it was started from.'),
    SECOND_FACTOR_OFF: voids('It rests on the session that it was started from.'),
    USER_DEACTIVATED: voids('It rests on the session that it was started from.'),
    MEMBERSHIP_DEACTIVATED: voids('Who acts for a client acts as a member of the own account (N12).'),
    MEMBERSHIP_REMOVED: voids('Who acts for a client acts as a member of the own account (N12).'),
    NEWER: keeps('Somebody may act for several clients.'),
  },
  API_KEY: {
    FIRST_PASSWORD: NO_LOGIN_YET,
    PASSWORD_RESET: keeps('It is a script’s, and rests on the membership; the account sees and revokes its keys.'),
    PASSWORD_CHANGED: keeps('It is a script’s, and rests on the membership; the account sees and revokes its keys.'),
    EMAIL_CHANGED: keeps('It rests on the membership.'),
    SECOND_FACTOR_ON: keeps('It rests on the membership.'),
    SECOND_FACTOR_OFF: keeps('It rests on the membership.'),
    USER_DEACTIVATED: stops('It opens what its owner holds, and that is nothing meanwhile (G15).'),
    MEMBERSHIP_DEACTIVATED: stops('It opens what its owner holds, and that is nothing meanwhile (G15).'),
    MEMBERSHIP_REMOVED: voids('Somebody who is invited again does not find the old keys open.'),
    NEWER: voids('A rotation without overlap puts a new secret in its place.'),
  },
  ACCOUNT_KEY: {
    FIRST_PASSWORD: NO_LOGIN_YET,
    PASSWORD_RESET: THE_ACCOUNTS,
    PASSWORD_CHANGED: THE_ACCOUNTS,
    EMAIL_CHANGED: THE_ACCOUNTS,
    SECOND_FACTOR_ON: THE_ACCOUNTS,
    SECOND_FACTOR_OFF: THE_ACCOUNTS,
    USER_DEACTIVATED: MAY_BE_KNOWN,
    MEMBERSHIP_DEACTIVATED: MAY_BE_KNOWN,
    MEMBERSHIP_REMOVED: MAY_BE_KNOWN,
    NEWER: voids('A rotation without overlap puts a new secret in its place.'),
  },
};

/**
 * What an event voids, in the order in which it is done: what opens a session goes before the sessions, so that none
 * slips through.
 */
export const voidedBy = (event: Exclude<VoidEvent, 'NEWER'>): Thing[] =>
  THINGS.filter((thing) => VOIDS[thing][event].is === 'VOID');
