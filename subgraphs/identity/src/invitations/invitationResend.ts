import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId, readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { loadMemberships } from '../people/peopleStore.ts';
import { isOnlyClient, refusesToStandFor } from './giver.ts';
import { coolsUntil, INVITATION_LIFE_MS, invitationNotFound, refusesResend } from './invitation.ts';
import { findCardOf, lockInvitation, saveResend } from './invitationStore.ts';
import { contactIsClient } from './invite.ts';
import { invitedPayload } from './invitedPayload.ts';

export const invitationResend: MutationResolvers['invitationResend'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
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
    // Anyone who sends it again stands for it: it opens what they hold, not what somebody held once (O10).
    const [membership] = await loadMemberships(tx, [invitation.membershipId]);
    if (membership === undefined) return invitationNotFound();
    const notYours = await refusesToStandFor(tx, viewer, membership, ctx.now);
    if (notYours !== null) {
      const message = 'You cannot give what this invitation gives.';
      return new Refusal(notYours.code, message, ['input', 'invitationId'], 'O10');
    }
    if (isOnlyClient(membership) && (await findCardOf(tx, invitation)) !== null) {
      return contactIsClient(['input', 'invitationId']);
    }
    const again = {
      ...invitation,
      givenBy: viewer.userId,
      givenVia: viewer.accountId,
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
