import { Refusal } from '@comptoir/shared/refusal.ts';
import { admits } from '../people/networks.ts';

/** A membership as a way in: from where it, and its account, may be entered. */
export type Entry = { accountId: string; networks: string[]; accountNetworks: string[] };

export type EntryRefusal = Refusal<'ACCOUNT_NOT_FOUND' | 'ADDRESS_NOT_ALLOWED'>;

/**
 * The membership to act by: the one of the account that is named, else the only one there is, else none yet (O13). Refuses an address outside the
 * lists of membership or account (G11).
 */
export function chooseEntry<E extends Entry>(
  entries: readonly E[],
  accountId: string | null,
  address: string | null,
): E | null | EntryRefusal {
  if (accountId === null && entries.length !== 1) return null;
  const entry = accountId === null ? entries[0] : entries.find((each) => each.accountId === accountId);
  const field = accountId === null ? null : ['input', 'accountId'];
  if (entry === undefined)
    return new Refusal('ACCOUNT_NOT_FOUND', 'You are no active member of such an account.', field, 'O13');
  if (!admits(entry.networks, address) || !admits(entry.accountNetworks, address)) {
    return new Refusal('ADDRESS_NOT_ALLOWED', 'You are not allowed in from this address.', field, 'G11');
  }
  return entry;
}
