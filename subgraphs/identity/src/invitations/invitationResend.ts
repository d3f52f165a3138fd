import { Refusal } from '@comptoir/shared/refusal.ts';
import { newId, readId } from '@comptoir/shared/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { coolsUntil, INVITATION_LIFE_MS, invitationNotFound, refusesResend } from './invitation.ts';
import { lockInvitation, saveResend } from './invitationStore.ts';
import { invitedPayload } from './invitedPayload.ts';

export const invitationResend: MutationResolvers['invitationResend'] = async (_root, { input }, ctx) => {
  let retryAt: Date | null = null;
  const outcome = await ctx.write(async (tx) => {
    const id = readId(input.invitationId);
    const invitation = id === null ? null : await lockInvitation(tx, id);
    if (invitation === null) return invitationNotFound();

    const refused = refusesResend(invitation, ctx.now);
    if (refused instanceof Refusal) {
      retryAt = refused.code === 'TOO_SOON' ? coolsUntil(invitation, ctx.now) : null;
      return refused;
    }
    const again = {
      ...invitation,
      status: 'PENDING' as const,
      mailId: newId(),
      askedAt: ctx.now,
      sentAt: null,
      expiresAt: new Date(ctx.now.getTime() + INVITATION_LIFE_MS),
    };
    await saveResend(tx, again);
    return again;
  });
  return invitedPayload(outcome, retryAt);
};
