import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { areaText } from '@comptoir/shared/viewer/areas.ts';
import { isAbove } from '@comptoir/shared/viewer/roles.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { lockOpenInvitation, standForChanged } from '../invitations/giver.ts';
import { holdsEverything, readRoleAreas, refusesGift } from '../invitations/invitation.ts';
import { findCardOf } from '../invitations/invitationStore.ts';
import { contactIsClient } from '../invitations/invite.ts';
import { areasIn } from '../people/accountScope.ts';
import { MembershipTable } from '../people/userTables.ts';
import { membershipNotFound, refusesAdded, refusesLastOwner, refusesOver, refusesOwner } from './member.ts';
import { lockWithOwners } from './memberStore.ts';

export const membershipRoleSet: MutationResolvers['membershipRoleSet'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const { role } = input;
  const outcome = await ctx.write(async (tx) => {
    const wished = readRoleAreas(role, input.areas ?? null);
    if (wished instanceof Refusal) return wished;
    const id = readId(input.membershipId);
    if (id !== null) await lockOpenInvitation(tx, id);
    const held = id === null ? null : await lockWithOwners(tx, id);
    if (held === null) return membershipNotFound();
    const { target, owners } = held;
    const refused = refusesOver(target) ?? refusesOwner(viewer, target);
    if (refused !== null) return refused;
    const fixed = [target.role, role].find((one) => one === 'CLIENT' || one === 'STAFF');
    if (fixed !== undefined) {
      return new Refusal('ROLE_FIXED', `The role ${fixed} never changes.`, ['input', 'role'], 'G09');
    }
    const last = role === 'OWNER' ? null : refusesLastOwner(target, owners);
    if (last !== null) return last;

    const own = await areasIn(tx, viewer, target.accountId, ctx.now);
    // Anyone who becomes less keeps what they had; what is added, the giver holds.
    const notYours = holdsEverything(role)
      ? refusesGift(viewer, target.accountId, own, { role, areas: wished })
      : refusesAdded(own, target.areas, wished);
    if (notYours !== null) return notYours;

    // Anyone who is in stays what they are when the account writes a card of them; more is not given to a contact.
    const more = target.type !== 'OWNER' && isAbove(role, target.role);
    if (more && (await findCardOf(tx, { ...target, email: '' })) !== null) return contactIsClient();

    const changed = { role, areas: wished.map(areaText), branches: role === 'OWNER' ? null : target.branches };
    await tx.update(MembershipTable, { id: target.id }, changed);
    await standForChanged(tx, viewer, { ...target, ...changed }, ctx.now);
    return { ...target, ...changed };
  });
  return outcome instanceof Refusal
    ? { membership: null, userErrors: [outcome] }
    : { membership: outcome, userErrors: [] };
};
