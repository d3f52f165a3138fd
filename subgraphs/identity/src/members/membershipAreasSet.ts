import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { areaText, readGrants } from '@comptoir/shared/viewer/areas.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { lockOpenInvitation, standForChanged } from '../invitations/giver.ts';
import { holdsEverything, refusesCeiling } from '../invitations/invitation.ts';
import { areasIn } from '../people/accountScope.ts';
import { lockMembership } from '../people/peopleStore.ts';
import { MembershipTable } from '../people/userTables.ts';
import { membershipNotFound, refusesAdded, refusesOver } from './member.ts';

export const membershipAreasSet: MutationResolvers['membershipAreasSet'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const outcome = await ctx.write(async (tx) => {
    const wished = readGrants(input.areas);
    if (wished === null) {
      return new Refusal('AREAS_NOT_READABLE', 'Name at least one area, each once.', ['input', 'areas'], 'O10');
    }
    const id = readId(input.membershipId);
    if (id !== null) await lockOpenInvitation(tx, id);
    const target = id === null ? null : await lockMembership(tx, id);
    if (target === null) return membershipNotFound();
    const over = refusesOver(target);
    if (over !== null) return over;
    if (holdsEverything(target.role)) {
      const message = `An ${target.role} holds every area. Change the role instead.`;
      return new Refusal('ROLE_HOLDS_ALL', message, ['input', 'membershipId'], 'O10');
    }
    const above = refusesCeiling(target.role, wished);
    if (above !== null) return above;
    const refused = refusesAdded(await areasIn(tx, viewer, target.accountId, ctx.now), target.areas, wished);
    if (refused !== null) return refused;

    const areas = wished.map(areaText);
    await tx.update(MembershipTable, { id: target.id }, { areas });
    await standForChanged(tx, viewer, { ...target, areas }, ctx.now);
    return { ...target, areas };
  });
  return outcome instanceof Refusal
    ? { membership: null, userErrors: [outcome] }
    : { membership: outcome, userErrors: [] };
};
