import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { grant, refusesStep, sideOf, step } from './partnership.ts';
import { lockPartnership, saveStep, tell } from './partnershipStore.ts';

export const partnershipAccept: MutationResolvers['partnershipAccept'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const outcome = await ctx.write(async (tx) => {
    const id = readId(input.partnershipId);
    const partnership = id === null ? null : await lockPartnership(tx, id);
    if (partnership === null)
      return new Refusal('PARTNERSHIP_NOT_FOUND', 'There is no such partnership.', ['input', 'partnershipId']);

    const refused = refusesStep(partnership, 'ACCEPT', sideOf(partnership, viewer.accountId));
    if (refused !== null) return refused;
    const granted = grant(partnership, input.areas ?? null, viewer);
    if (granted instanceof Refusal) return granted;

    const secondFactorRequired = input.secondFactorRequired ?? false;
    const active = step({ ...granted, secondFactorRequired }, 'ACCEPT', viewer.userId, ctx.now);
    await saveStep(tx, active);
    await tell(tx, active.partnerId, 'PARTNERSHIP_ACCEPTED', active);
    return active;
  });
  return outcome instanceof Refusal
    ? { partnership: null, userErrors: [outcome] }
    : { partnership: outcome, userErrors: [] };
};
