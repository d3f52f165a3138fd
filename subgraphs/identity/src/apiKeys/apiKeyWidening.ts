import { type AreaText, covers, readAreaText, toAreas } from '@comptoir/shared/viewer/areas.ts';
import { withinCeiling } from '@comptoir/shared/viewer/roles.ts';
import type { MembershipRow } from '../people/userTables.ts';
import { heldAreas } from '../sessions/credentialStanding.ts';
import { actsAbove } from './apiKeyRules.ts';

/** Within what the keys of an owner act; null areas are no limit. */
export type OwnerStanding = Pick<MembershipRow, 'role' | 'branches' | 'networks'> & { areas: AreaText[] | null };

/**
 * True when a key opens anything with its new owner that it does not with the one before: anyone who knows its secret
 * would get it (G15). Null is an owner with whom it opens nothing.
 */
export function opensMore(given: readonly AreaText[], from: OwnerStanding | null, to: OwnerStanding): boolean {
  if (from === null) return true;
  // Beside the provider's staff the roles of an account's own people count from MEMBER on.
  const role = from.role === 'STAFF' && to.role !== 'STAFF' ? 'MEMBER' : from.role;
  if (actsAbove(to.role, role)) return true;
  const before = toAreas(effective(given, from).map(readAreaText));
  if (!covers(before, effective(given, to).map(readAreaText))) return true;
  return !isWithin(to.branches, from.branches) || !isWithin(limitOf(to.networks), limitOf(from.networks));
}

const limitOf = (networks: readonly string[]): readonly string[] | null => (networks.length === 0 ? null : networks);
const isWithin = (limit: readonly string[] | null, outer: readonly string[] | null): boolean =>
  outer === null || limit?.every((entry) => outer.includes(entry)) === true;

/** What a key opens of what it was given. */
const effective = (given: readonly AreaText[], { role, areas }: OwnerStanding): AreaText[] =>
  areas === null ? [...given] : heldAreas(withinCeiling(role, areas), given);
