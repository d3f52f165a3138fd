import type { MutationResolvers } from '../../../generated/graphql.ts';
import { changeProfile, profilePayload } from './changeProfile.ts';
import { refusesDeletion } from './profile.ts';
import { findUse, markDeleted } from './profileChanges.ts';

export const billingProfileDelete: MutationResolvers['billingProfileDelete'] = async (_root, { input }, ctx) => {
  const outcome = await changeProfile(ctx, 'delete a billing profile', input.profileId, async (tx, profile) => {
    const refused = refusesDeletion(await findUse(tx, profile.id));
    if (refused !== null) return refused;
    await markDeleted(tx, profile, ctx.now);
    return null;
  });
  return await profilePayload(ctx, outcome);
};
