import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { readNetworks, refusesOwnLockOut } from './networks.ts';
import { lockMembership } from './peopleStore.ts';
import { MembershipTable } from './userTables.ts';

export const membershipNetworksSet: MutationResolvers['membershipNetworksSet'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const outcome = await ctx.write(async (tx) => {
    const networks = readNetworks(input.networks);
    if (networks instanceof Refusal) return networks;

    const id = readId(input.membershipId);
    const membership = id === null ? null : await lockMembership(tx, id);
    if (membership === null) {
      return new Refusal('MEMBERSHIP_NOT_FOUND', 'There is no such membership.', ['input', 'membershipId']);
    }
    // An owner of that account: a partner's owner who was let into SECURITY is none of the client's.
    const owns = viewer.role === 'OWNER' && viewer.accountId === membership.accountId;
    if (membership.role === 'OWNER' && !owns) {
      return new Refusal('OWNER_ONLY', 'Only an owner limits from where an owner may come.', ['input', 'membershipId']);
    }
    const locksOut = membership.id === viewer.membershipId ? refusesOwnLockOut(networks, viewer.address) : null;
    if (locksOut !== null) return locksOut;

    await tx.update(MembershipTable, { id: membership.id }, { networks });
    return { ...membership, networks };
  });
  return outcome instanceof Refusal
    ? { membership: null, userErrors: [outcome] }
    : { membership: outcome, userErrors: [] };
};
