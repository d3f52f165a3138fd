import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import type { SubgraphContext } from '../context.ts';
import { type MembershipEvent, voidOnMembership } from '../credentials/voidOn.ts';
import { isOnlyClient } from '../invitations/giver.ts';
import { findCardOf } from '../invitations/invitationStore.ts';
import { contactIsClient } from '../invitations/invite.ts';
import { areasIn } from '../people/accountScope.ts';
import { MembershipTable } from '../people/userTables.ts';
import { membershipNotFound, refusesSwitch, SWITCHED, type Switch } from './member.ts';
import { lockWithOwners } from './memberStore.ts';

const EVENTS: Partial<Record<Switch, MembershipEvent>> = {
  DEACTIVATE: 'MEMBERSHIP_DEACTIVATED',
  REMOVE: 'MEMBERSHIP_REMOVED',
};

/**
 * The three switches differ in where they lead; sessions and keys follow because the gateway asks what they are good
 * for (G18).
 */
async function switchTo(ctx: SubgraphContext, config: IdentityConfig, membershipId: string, to: Switch) {
  const viewer = ctx.viewer as PersonViewer;
  const outcome = await ctx.write(async (tx) => {
    const id = readId(membershipId);
    const found = id === null ? null : await lockWithOwners(tx, id);
    if (found === null) return membershipNotFound();
    const { target, owners } = found;
    const held = await areasIn(tx, viewer, target.accountId, ctx.now);
    const refused = refusesSwitch(to, target, { viewer, held, owners });
    if (refused !== null) return refused;

    const comesIn = to === 'ACTIVATE' && target.status !== 'ACTIVE' && isOnlyClient(target);
    if (comesIn && (await findCardOf(tx, { ...target, email: '' })) !== null)
      return contactIsClient(['input', 'membershipId']);

    const status = SWITCHED[to];
    if (target.status === status) return target;
    await tx.update(MembershipTable, { id: target.id }, { status });
    const event = EVENTS[to];
    if (event !== undefined) await voidOnMembership(tx, event, { ...target, at: realNow(config), now: ctx.now });
    return { ...target, status };
  });
  return outcome instanceof Refusal
    ? { membership: null, userErrors: [outcome] }
    : { membership: outcome, userErrors: [] };
}

export const membershipDeactivate =
  (config: IdentityConfig): MutationResolvers['membershipDeactivate'] =>
  (_root, { input }, ctx) =>
    switchTo(ctx, config, input.membershipId, 'DEACTIVATE');

export const membershipActivate =
  (config: IdentityConfig): MutationResolvers['membershipActivate'] =>
  (_root, { input }, ctx) =>
    switchTo(ctx, config, input.membershipId, 'ACTIVATE');

export const membershipRemove =
  (config: IdentityConfig): MutationResolvers['membershipRemove'] =>
  (_root, { input }, ctx) =>
    switchTo(ctx, config, input.membershipId, 'REMOVE');
