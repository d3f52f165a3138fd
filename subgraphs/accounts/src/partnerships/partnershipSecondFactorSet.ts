import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { sideOf } from './partnership.ts';
import { lockPartnership, saveStep } from './partnershipStore.ts';

/**
 * The client says what it requires of the partner's people; a trigger brings `access.reach` in line in the same commit.
 */
export const partnershipSecondFactorSet: MutationResolvers['partnershipSecondFactorSet'] = async (
  _root,
  { input },
  ctx,
) => {
  const viewer = ctx.viewer as PersonViewer;
  const field = ['input', 'partnershipId'];
  const outcome = await ctx.write(async (tx) => {
    const id = readId(input.partnershipId);
    const partnership = id === null ? null : await lockPartnership(tx, id);
    if (partnership === null) return new Refusal('PARTNERSHIP_NOT_FOUND', 'There is no such partnership.', field);
    if (sideOf(partnership, viewer.accountId) !== 'CLIENT') {
      return new Refusal('NOT_YOURS_TO_ANSWER', 'Only the client requires something of its partner.', field, 'N25');
    }
    if (partnership.status !== 'ACTIVE') {
      const message = `This partnership is ${partnership.status}; it must be ACTIVE for this.`;
      return new Refusal('NOT_WAITING', message, field, 'N25');
    }
    const changed = { ...partnership, secondFactorRequired: input.required };
    await saveStep(tx, changed);
    return changed;
  });
  return outcome instanceof Refusal
    ? { partnership: null, userErrors: [outcome] }
    : { partnership: outcome, userErrors: [] };
};
