import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { isLines } from '@comptoir/shared/values/text.ts';
import { refusesAddress } from '../people/doors.ts';
import { admits } from '../people/networks.ts';
import type { LoginAsRow } from './loginAsTables.ts';

export const MAX_MINUTES = 60;
const MIN_REASON_LENGTH = 3;
const MAX_REASON_LENGTH = 500;

export type WishRefusal = Refusal<'REASON_NOT_READABLE' | 'MINUTES_NOT_READABLE'>;
export type OpenRefusal = Refusal<
  'ACCOUNT_NOT_FOUND' | 'SECURITY_NOT_GRANTED' | 'ADDRESS_NOT_ALLOWED' | 'SECOND_FACTOR_REQUIRED' | 'ACCOUNT_CANCELLED'
>;

/** The reason without blanks around it, and the minutes; both are mandatory and bounded (N12). */
export function readWish(wished: {
  reason: string;
  minutes: number;
}): { reason: string; minutes: number } | WishRefusal {
  const reason = wished.reason.trim();
  // PostgreSQL counts characters and refuses the zero one; controls other than line breaks have no place in what people
  // read.
  const length = [...reason].length;
  if (length < MIN_REASON_LENGTH || length > MAX_REASON_LENGTH || !isLines(reason)) {
    return new Refusal(
      'REASON_NOT_READABLE',
      `Say why, in ${MIN_REASON_LENGTH} to ${MAX_REASON_LENGTH} characters: the client reads it.`,
      ['input', 'reason'],
      'N12',
    );
  }
  const { minutes } = wished;
  if (minutes < 1 || minutes > MAX_MINUTES) {
    return new Refusal('MINUTES_NOT_READABLE', `Ask for 1 to ${MAX_MINUTES} minutes.`, ['input', 'minutes'], 'N12');
  }
  return { reason, minutes };
}

/**
 * What stands between an account and its client: the bare link, SECURITY for writing, the network lists of the
 * membership and the account of the person who goes it, the client's network list, that it is not cancelled, and a
 * second factor.
 */
export type Way = {
  linked: boolean;
  granted: boolean;
  ownNetworks: string[][];
  networks: string[];
  cancelled: boolean;
  /** The client, or the partnership, requires a second factor (N25). */
  asksSecondFactor: boolean;
};

/** Why no one acts for a cancelled account, said at the start and to anyone who did until then (A59). */
export const accountCancelled = (field: string[]): Refusal<'ACCOUNT_CANCELLED'> =>
  new Refusal(
    'ACCOUNT_CANCELLED',
    'This account is cancelled. Its own people can still log in by themselves.',
    field,
    'A59',
  );

/** Whether a way may be gone from that address (A59); null when it may. An account out of reach looks like none. */
export function refusesWay(
  way: Way,
  { address, secondFactor }: { address: string | null; secondFactor?: true },
): OpenRefusal | null {
  const field = ['input', 'accountId'];
  if (!way.linked) {
    return new Refusal('ACCOUNT_NOT_FOUND', 'There is no such account that yours manages.', field, 'A59');
  }
  if (!way.granted) {
    return new Refusal(
      'SECURITY_NOT_GRANTED',
      'The client has not granted SECURITY to your account. It can, in the partnership.',
      field,
      'N12',
    );
  }
  const outside = refusesAddress(way.ownNetworks, address, null);
  if (outside !== null) return outside;
  if (!admits(way.networks, address)) {
    return new Refusal(
      'ADDRESS_NOT_ALLOWED',
      'The client does not admit the address that you call from.',
      field,
      'G11',
    );
  }
  if (way.asksSecondFactor && secondFactor !== true) {
    const message =
      'The client requires a second factor of you. Set one up with totpEnroll and totpConfirm, then try again.';
    return new Refusal('SECOND_FACTOR_REQUIRED', message, field, 'N25');
  }
  if (way.cancelled) {
    return accountCancelled(field);
  }
  return null;
}

export type Ending = 'ACTOR' | 'CLIENT' | 'TIME' | 'ACCOUNT_CANCELLED';

/** How a log-in-as ended by that instant; null while it goes on. */
export function endingOf(row: LoginAsRow, at: Date): { by: Ending; at: Date } | null {
  if (row.endedAt !== null && row.accountCancelled) return { by: 'ACCOUNT_CANCELLED', at: row.endedAt };
  if (row.endedAt !== null) return { by: row.endedBy === row.actorUserId ? 'ACTOR' : 'CLIENT', at: row.endedAt };
  return row.until <= at ? { by: 'TIME', at: row.until } : null;
}
