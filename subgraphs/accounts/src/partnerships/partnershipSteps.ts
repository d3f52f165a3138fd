import { isPreview } from '@comptoir/shared/database/preview.ts';
import { followUp } from '@comptoir/shared/jobs/followUp.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import type { SubgraphContext } from '../context.ts';
import { type PartnershipActionName, refusesStep, sideOf, step } from './partnership.ts';
import { lockPartnership, type PartnershipNotice, saveStep, tell } from './partnershipStore.ts';

const ENDED = /* GraphQL */ `
  mutation PartnershipEnded($input: InternalPartnershipEndedInput!) {
    internalPartnershipEnded(input: $input) { ended }
  }
`;

/**
 * The steps that need nothing but the partnership: they differ in who may take them and in what the other side is told.
 */
async function takeStep(
  ctx: SubgraphContext,
  partnershipId: string,
  action: PartnershipActionName,
  notice: PartnershipNotice | null,
) {
  const viewer = ctx.viewer as PersonViewer;
  const outcome = await ctx.write(async (tx) => {
    const id = readId(partnershipId);
    const partnership = id === null ? null : await lockPartnership(tx, id);
    if (partnership === null)
      return new Refusal('PARTNERSHIP_NOT_FOUND', 'There is no such partnership.', ['input', 'partnershipId']);

    const side = sideOf(partnership, viewer.accountId);
    const refused = refusesStep(partnership, action, side);
    if (refused !== null) return refused;

    const changed = step(partnership, action, viewer.userId, ctx.now);
    await saveStep(tx, changed);
    const otherSide = side === 'CLIENT' ? changed.partnerId : changed.clientId;
    if (notice !== null) await tell(tx, otherSide, notice, changed);
    return changed;
  });
  if (outcome instanceof Refusal) return { partnership: null, userErrors: [outcome] };
  if (action === 'END' && !isPreview(viewer)) {
    // Take-overs read as ended when this answers. Who pays follows the partnership itself, and a round ends what this
    // could not.
    const { partnerId, clientId } = outcome;
    const input = { input: { partnerId, clientId } };
    const steps = () => ctx.call('trackers', ENDED, input, viewer.requestId);
    await followUp('take-overs end with their partnership', steps, ctx.log, { attempts: 1 });
  }
  return { partnership: outcome, userErrors: [] };
}

export const partnershipRefuse: MutationResolvers['partnershipRefuse'] = (_root, { input }, ctx) =>
  takeStep(ctx, input.partnershipId, 'REFUSE', 'PARTNERSHIP_REFUSED');

export const partnershipWithdraw: MutationResolvers['partnershipWithdraw'] = (_root, { input }, ctx) =>
  takeStep(ctx, input.partnershipId, 'WITHDRAW', null);

export const partnershipEnd: MutationResolvers['partnershipEnd'] = (_root, { input }, ctx) =>
  takeStep(ctx, input.partnershipId, 'END', 'PARTNERSHIP_ENDED');
