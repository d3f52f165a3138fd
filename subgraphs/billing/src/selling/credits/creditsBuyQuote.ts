import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import type { ComposedConfig } from '../../config.ts';
import { createQuote, payloadOf } from '../quotes/createQuote.ts';
import { profileNotFound } from '../quotes/refusals.ts';

export const creditsBuyQuote =
  (config: ComposedConfig): MutationResolvers['creditsBuyQuote'] =>
  async (_root, { input }, ctx) => {
    const profileId = readId(input.profileId);
    if (profileId === null) return payloadOf(profileNotFound());
    const packId = readId(input.packId);
    if (packId === null) {
      return payloadOf(new Refusal('PACK_NOT_FOUND', 'There is no such pack of credits.', ['input', 'packId'], 'A63'));
    }
    const asked = { profileId, packId, quantity: input.quantity };
    return await createQuote(config, ctx, { kind: 'CREDITS_BUY', input: asked, accounts: {}, profileId });
  };
