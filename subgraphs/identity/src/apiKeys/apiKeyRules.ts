import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { isLine } from '@comptoir/shared/values/text.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { type AreaGrant, readAreaText, readGrants } from '@comptoir/shared/viewer/areas.ts';
import { isAbove, type Role } from '@comptoir/shared/viewer/roles.ts';
import { holdsAll, type PersonViewer, type Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { type NetworksRefusal, readNetworks } from '../people/networks.ts';
import type { ApiKeyRow } from './apiKeyTables.ts';

const MAX_NAME_LENGTH = 100;
const MAX_ACCOUNTS = 100;
/** The longest time for which two secrets of a key are good, in minutes: a week. */
export const MAX_OVERLAP = 10_080;

export type WishedKey = {
  name: string;
  areas: readonly AreaGrant[];
  networks: readonly string[];
  notBefore: Date | null;
  expiresAt: Date | null;
  /** Other accounts whose rows it may reach; null is no limit. */
  accounts: readonly string[] | null;
  creditBudget: number | null;
};

export type KeyRefusal =
  | Refusal<
      | 'NAME_NOT_READABLE'
      | 'AREAS_NOT_READABLE'
      | 'MORE_THAN_YOU_HOLD'
      | 'PERIOD_IS_EMPTY'
      | 'ACCOUNTS_NOT_READABLE'
      | 'BUDGET_NOT_READABLE'
    >
  | NetworksRefusal;

export type ReadKey = WishedKey & { areas: AreaGrant[]; networks: string[]; accounts: string[] | null };

/** What a key may be (G15): named, within what its maker holds, for a time that is not over. */
export function readKey(wished: WishedKey, viewer: Viewer, now: Date): ReadKey | KeyRefusal {
  const name = wished.name.trim();
  if (name === '' || name.length > MAX_NAME_LENGTH || !isLine(name)) {
    return new Refusal('NAME_NOT_READABLE', `Write 1 to ${MAX_NAME_LENGTH} characters.`, ['input', 'name']);
  }
  const areas = readGrants(wished.areas);
  if (areas === null)
    return new Refusal('AREAS_NOT_READABLE', 'Name at least one area, each once.', ['input', 'areas']);
  if (!holdsAll(viewer, areas)) {
    return new Refusal(
      'MORE_THAN_YOU_HOLD',
      'A key cannot open more than you hold yourself.',
      ['input', 'areas'],
      'G15',
    );
  }
  const networks = readNetworks(wished.networks);
  if (networks instanceof Refusal) return networks;
  const { notBefore, expiresAt } = wished;
  if (expiresAt !== null && expiresAt <= (notBefore !== null && notBefore > now ? notBefore : now)) {
    return new Refusal('PERIOD_IS_EMPTY', 'The key would end before it begins to be good.', ['input', 'expiresAt']);
  }
  // An account that does not exist opens nothing: the set narrows what the account reaches, and never adds to it.
  const accounts = wished.accounts?.map(readId) ?? null;
  if (accounts !== null && (accounts.length > MAX_ACCOUNTS || accounts.includes(null))) {
    return new Refusal(
      'ACCOUNTS_NOT_READABLE',
      `Name at most ${MAX_ACCOUNTS} accounts by their ids.`,
      ['input', 'accounts'],
      'G15',
    );
  }
  const { creditBudget } = wished;
  if (creditBudget !== null && creditBudget < 0) {
    return new Refusal('BUDGET_NOT_READABLE', 'A budget is 0 credits or more.', ['input', 'creditBudget'], 'N11');
  }
  return { name, areas, networks, notBefore, expiresAt, accounts: accounts as string[] | null, creditBudget };
}

/**
 * Anyone who gets a new secret of a key, or says what it is good for, must hold all that it opens: else rotating an
 * owner's key would make an owner. Null when they do.
 */
export function refusesMoreThanHeld(apiKey: ApiKeyRow, viewer: Viewer): Refusal<'MORE_THAN_YOU_HOLD'> | null {
  if (holdsAll(viewer, apiKey.areas.map(readAreaText))) return null;
  return new Refusal('MORE_THAN_YOU_HOLD', 'This key opens more than you hold yourself.', ['input', 'apiKeyId'], 'G15');
}

/**
 * True when acting with the first role is more than acting with the second: the provider's staff are what staff only
 * are.
 */
export const actsAbove = (role: Role, other: Role): boolean =>
  role === 'STAFF' ? other !== 'STAFF' : isAbove(role, other);

/**
 * A key acts with the role of its owner: no one gets the secret of one, says what it is good for, or passes one on to,
 * whose role is above their own. `role` is null for a key of the account, which has none. Null when they may.
 */
export function refusesHigherRole(
  role: Role | null,
  viewer: Pick<PersonViewer, 'role'>,
  field: string[],
): Refusal<'ROLE_ABOVE_YOURS'> | null {
  if (role === null || !actsAbove(role, viewer.role)) return null;
  return new Refusal('ROLE_ABOVE_YOURS', `The key would act as ${role}, which is above your own role.`, field, 'G15');
}

/**
 * A key of the account belongs to none of its branches: who is limited to some makes none (G12). Null when they may.
 */
export function refusesWholeAccount(
  { branches }: Pick<PersonViewer, 'branches'>,
  field: string[],
): Refusal<'LIMITED_TO_BRANCHES'> | null {
  if (branches === undefined) return null;
  const message = 'A key of the whole account is not yours to make: you are limited to branches.';
  return new Refusal('LIMITED_TO_BRANCHES', message, field, 'G12');
}
