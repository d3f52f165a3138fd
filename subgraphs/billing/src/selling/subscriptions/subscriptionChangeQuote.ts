import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import type { ComposedConfig } from '../../config.ts';
import { createQuote, payloadOf } from '../quotes/createQuote.ts';
import { profileNotFound } from '../quotes/refusals.ts';
import type { SubscriptionChangeInput } from './changeKind.ts';
import { readSelection } from './readSelection.ts';

export const subscriptionChangeQuote =
  (config: ComposedConfig): MutationResolvers['subscriptionChangeQuote'] =>
  async (_root, { input }, ctx) => {
    const accountId = readId(input.accountId);
    const profileId = input.profileId == null ? null : readId(input.profileId);
    if (input.profileId != null && profileId === null) return payloadOf(profileNotFound());
    const selection = readSelection(input);
    if (selection instanceof Refusal) return payloadOf(selection);
    const asked: SubscriptionChangeInput = { accountId: accountId ?? '', profileId, selection };
    return await createQuote(config, ctx, {
      kind: 'SUBSCRIPTION_CHANGE',
      input: asked,
      accounts: { accountId },
      profileId,
    });
  };
