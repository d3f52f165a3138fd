import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { type AreaGrant, type Areas, areaText, covers, readAreaText } from '@comptoir/shared/viewer/areas.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { holdsEverything, isAboveGiver, roleAboveYours } from '../invitations/invitation.ts';
import type { MembershipRow } from '../people/userTables.ts';

type Target = Pick<MembershipRow, 'id' | 'accountId' | 'role' | 'status' | 'areas'>;
const field = ['input', 'membershipId'];

export const membershipNotFound = (): Refusal<'MEMBERSHIP_NOT_FOUND'> =>
  new Refusal('MEMBERSHIP_NOT_FOUND', 'There is no such membership.', field);

/** What was refused, withdrawn or removed is over: only a new invitation changes it. */
export function refusesOver({ status }: Pick<Target, 'status'>): Refusal<'MEMBERSHIP_OVER'> | null {
  if (status !== 'REJECTED' && status !== 'WITHDRAWN' && status !== 'REMOVED') return null;
  return new Refusal('MEMBERSHIP_OVER', 'This person is not in the account. Invite them again.', field, 'O11');
}

/** Only an owner of the account touches an owner of it. */
export function refusesOwner(viewer: PersonViewer, target: Target): Refusal<'OWNER_ONLY'> | null {
  if (target.role !== 'OWNER' || (viewer.role === 'OWNER' && viewer.accountId === target.accountId)) return null;
  return new Refusal('OWNER_ONLY', 'Only an owner does this to an owner.', field);
}

/** An account always keeps an owner who can act. `owners` are the ids of those memberships. */
export function refusesLastOwner(target: Target, owners: readonly string[]): Refusal<'LAST_OWNER'> | null {
  if (target.role !== 'OWNER' || owners.some((id) => id !== target.id)) return null;
  // One that cannot act anyway is no last owner.
  if (!owners.includes(target.id)) return null;
  return new Refusal('LAST_OWNER', 'This is the last active owner. Make somebody else an owner first.', field);
}

/** No one adds what they do not hold; what is there already may stay (O10). */
export function refusesAdded(
  held: Areas,
  current: MembershipRow['areas'],
  wished: readonly AreaGrant[],
): Refusal<'MORE_THAN_YOU_HOLD'> | null {
  const had = new Set<string>(current);
  const keeps = ({ area, verb }: AreaGrant): boolean =>
    had.has(areaText({ area, verb })) || had.has(areaText({ area, verb: 'WRITE' }));
  if (wished.every((grant) => keeps(grant) || covers(held, [grant]))) return null;
  return new Refusal('MORE_THAN_YOU_HOLD', 'You cannot give more than you hold yourself.', ['input', 'areas'], 'O10');
}

export type Switch = 'DEACTIVATE' | 'ACTIVATE' | 'REMOVE';
export const SWITCHED = { DEACTIVATE: 'INACTIVE', ACTIVATE: 'ACTIVE', REMOVE: 'REMOVED' } as const;

export type SwitchRefusal = Refusal<
  'INVITATION_OPEN' | 'MEMBERSHIP_OVER' | 'OWNER_ONLY' | 'LAST_OWNER' | 'MORE_THAN_YOU_HOLD' | 'ROLE_ABOVE_YOURS'
>;

/** Whether somebody may switch a membership; null when they may (G18). One that is there already is no error. */
export function refusesSwitch(
  to: Switch,
  target: Target,
  { viewer, held, owners }: { viewer: PersonViewer; held: Areas; owners: readonly string[] },
): SwitchRefusal | null {
  if (target.status === 'PENDING' || target.status === 'INVITATION_SENT') {
    return new Refusal('INVITATION_OPEN', 'This person has not accepted yet. Withdraw the invitation.', field, 'O11');
  }
  if (target.status === SWITCHED[to]) return null;
  const refused = refusesOver(target) ?? refusesOwner(viewer, target);
  if (refused !== null) return refused;
  if (to !== 'ACTIVATE') return refusesLastOwner(target, owners);
  if (!covers(held, target.areas.map(readAreaText))) {
    return new Refusal('MORE_THAN_YOU_HOLD', 'You cannot open more than you hold yourself.', field, 'O10');
  }
  return isAboveGiver(viewer, target.accountId, target.role) ? roleAboveYours(target.role, field) : null;
}

export type MembershipActionName =
  | 'SET_AREAS'
  | 'SET_ROLE'
  | 'SET_BRANCHES'
  | 'SET_NETWORKS'
  | 'DEACTIVATE'
  | 'ACTIVATE'
  | 'REMOVE';

export type MembershipAction = {
  action: MembershipActionName;
  allowed: boolean;
  reason: string | null;
  deadline: null;
  /** How many keys would stop with it; null where none is concerned, or the caller may not see them. */
  endingKeyCount: number | null;
};

/** What somebody can do with a membership. `manages`: they may write people of its account. */
export function membershipActions(
  target: Target,
  by: { viewer: PersonViewer; manages: boolean; owners: readonly string[]; endingKeyCount: number | null },
): MembershipAction[] {
  const { viewer, manages, owners } = by;
  const none = manages ? null : 'This needs SECURITY for writing.';
  const over = none ?? refusesOver(target)?.message ?? null;
  const owner = over ?? refusesOwner(viewer, target)?.message ?? null;
  // What the areas of an account elsewhere would allow is told by the mutation: it takes looking at the partnership.
  const held = target.accountId === viewer.accountId ? viewer.areas : null;
  const covering = (to: Switch): string | null => {
    const open: Areas = held ?? Object.fromEntries(target.areas.map((text) => text.split(':')));
    return none ?? refusesSwitch(to, target, { viewer, held: open, owners })?.message ?? null;
  };
  const already = (to: Switch): string | null => (target.status === SWITCHED[to] ? 'It is so already.' : covering(to));
  const fixed = target.role === 'CLIENT' || target.role === 'STAFF' ? `The role ${target.role} never changes.` : null;
  const reasons: Record<MembershipActionName, string | null> = {
    SET_AREAS: over ?? (holdsEverything(target.role) ? `An ${target.role} holds every area.` : null),
    SET_ROLE: owner ?? fixed ?? refusesLastOwner(target, owners)?.message ?? null,
    SET_BRANCHES: over ?? (target.role === 'OWNER' ? 'An owner is not limited to branches.' : null),
    SET_NETWORKS: owner,
    DEACTIVATE: already('DEACTIVATE'),
    ACTIVATE: already('ACTIVATE'),
    REMOVE: already('REMOVE'),
  };
  return Object.entries(reasons).map(([action, reason]) => ({
    action: action as MembershipActionName,
    allowed: reason === null,
    reason,
    deadline: null,
    endingKeyCount: action === 'DEACTIVATE' || action === 'REMOVE' ? by.endingKeyCount : null,
  }));
}
