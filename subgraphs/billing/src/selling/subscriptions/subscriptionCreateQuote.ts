import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId, readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import type { ComposedConfig } from '../../config.ts';
import type { Selection } from '../../pricing/prices/price.ts';
import { createQuote, payloadOf } from '../quotes/createQuote.ts';
import { profileNotFound } from '../quotes/refusals.ts';
import type { SubscriptionCreateInput } from './createKind.ts';
import { readSelection } from './readSelection.ts';

export const subscriptionCreateQuote =
  (config: ComposedConfig): MutationResolvers['subscriptionCreateQuote'] =>
  async (_root, { input }, ctx) => {
    const accountId = readId(input.accountId);
    const profileId = input.profileId == null ? null : readId(input.profileId);
    if (input.profileId != null && profileId === null) return payloadOf(profileNotFound());
    const read = readSelection(input);
    if (read instanceof Refusal) return payloadOf(read);
    const { contacts = null, frequency = null, limits = [], addOns = [] } = read;
    const { priceVersion, product, plan } = input;
    const selection: Selection = { priceVersion, product, plan, contacts, frequency, limits, addOns };
    const asked: SubscriptionCreateInput = {
      subscriptionId: newId(),
      accountId: accountId ?? '',
      profileId,
      selection,
    };
    return await createQuote(config, ctx, {
      kind: 'SUBSCRIPTION_CREATE',
      input: asked,
      accounts: { accountId },
      profileId,
    });
  };
