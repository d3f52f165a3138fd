import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { admits } from './networks.ts';

/** A membership as a way in: from where it, and its account, may be entered. */
export type Entry = { accountId: string; networks: string[]; accountNetworks: string[] };

export type EntryRefusal = Refusal<'ACCOUNT_NOT_FOUND' | 'ADDRESS_NOT_ALLOWED'>;

/**
 * Every way into an account, and what becomes of somebody there whom a network list does not admit (G11): of the
 * membership, of its account, and, where somebody acts for a client, of the client. REFUSED: nothing is opened, used up
 * or ended. WITHOUT_ACCOUNT: a mailed link gets its owner in from anywhere, but into no account. A request with a
 * session, a key or a log-in-as is refused by the gateway, which asks `listsOf` through `credentialStanding`; so are
 * the operations that change a password, a second factor, an e-mail or a key, which are such requests. Confirming a
 * change of e-mail opens nothing.
 */
export const DOORS = {
  LOG_IN: 'REFUSED',
  SECOND_FACTOR: 'REFUSED',
  REFRESH: 'REFUSED',
  SWITCH: 'REFUSED',
  LOGIN_AS_START: 'REFUSED',
  LOGIN_AS_RENEW: 'REFUSED',
  REQUEST: 'REFUSED',
  SIGN_UP_LINK: 'WITHOUT_ACCOUNT',
  RESET_LINK: 'WITHOUT_ACCOUNT',
  SECOND_FACTOR_BY_LINK: 'WITHOUT_ACCOUNT',
  INVITATION_LINK: 'WITHOUT_ACCOUNT',
} as const;
export type Door = keyof typeof DOORS;
type Entered<E, D extends Door> = E | null | ((typeof DOORS)[D] extends 'WITHOUT_ACCOUNT' ? never : EntryRefusal);

/** The lists that say from where somebody may come; each must hold the address, and an empty one is no limit. */
export const listsOf = (...lists: (readonly string[] | null)[]): string[][] =>
  lists.filter((list): list is string[] => list !== null && list.length > 0);

/** Why no one comes in from that address; null when every list holds it. An address that cannot be read is in none. */
export function refusesAddress(
  lists: readonly (readonly string[])[],
  address: string | null,
  field: string[] | null,
): Refusal<'ADDRESS_NOT_ALLOWED'> | null {
  if (lists.every((list) => admits(list, address))) return null;
  return new Refusal('ADDRESS_NOT_ALLOWED', 'You are not allowed in from this address.', field, 'G11');
}

/**
 * The membership to act by: the one of the account that is named, else the only one there is, else none yet (O13). What
 * the door does with an address outside its lists stands in `DOORS`; a door that lets in without an account refuses
 * nothing.
 */
export function enter<E extends Entry, D extends Door>(
  door: D,
  entries: readonly E[],
  accountId: string | null,
  address: string | null,
): Entered<E, D> {
  const chosen = chooseEntry(entries, accountId, address);
  return (chosen instanceof Refusal && DOORS[door] === 'WITHOUT_ACCOUNT' ? null : chosen) as Entered<E, D>;
}

function chooseEntry<E extends Entry>(
  entries: readonly E[],
  accountId: string | null,
  address: string | null,
): E | null | EntryRefusal {
  if (accountId === null && entries.length !== 1) return null;
  const entry = accountId === null ? entries[0] : entries.find((each) => each.accountId === accountId);
  const field = accountId === null ? null : ['input', 'accountId'];
  if (entry === undefined)
    return new Refusal('ACCOUNT_NOT_FOUND', 'You are no active member of such an account.', field, 'O13');
  return refusesAddress([entry.networks, entry.accountNetworks], address, field) ?? entry;
}
