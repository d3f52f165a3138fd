import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { closed, invitationNotFound, isOpen } from './invitation.ts';
import { lockInvitation, saveEnd } from './invitationStore.ts';

export const invitationWithdraw: MutationResolvers['invitationWithdraw'] = async (_root, { input }, ctx) => {
  const outcome = await ctx.write(async (tx) => {
    const id = readId(input.invitationId);
    const invitation = id === null ? null : await lockInvitation(tx, id);
    if (invitation === null) return invitationNotFound();
    if (invitation.status === 'WITHDRAWN') return invitation;
    if (!isOpen(invitation)) return closed(invitation.status);

    await saveEnd(tx, invitation, 'WITHDRAWN', ctx.now);
    return { ...invitation, status: 'WITHDRAWN' as const, answeredAt: ctx.now };
  });
  return outcome instanceof Refusal
    ? { invitation: null, userErrors: [outcome] }
    : { invitation: outcome, userErrors: [] };
};
