import { badInput } from '@comptoir/shared/protocol/errors.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { endTakeOvers, withdrawOffers } from './endedPartnerships.ts';

export const internalPartnershipEnded: MutationResolvers['internalPartnershipEnded'] = async (
  _root,
  { input },
  ctx,
) => {
  const [partnerId, clientId] = [readId(input.partnerId), readId(input.clientId)];
  if (partnerId === null || clientId === null) throw badInput('That is no account id.', ['input']);
  const work: Parameters<typeof endTakeOvers>[0] = {
    clock: ctx.clock,
    system: (reason, unit) => ctx.system(reason, unit),
  };
  const pair = { partnerId, clientId };
  const ended = await endTakeOvers(work, 'end take-overs with their partnership', pair);
  return { ended: ended + (await withdrawOffers(work, 'withdraw offers with their partnership', pair)) };
};
