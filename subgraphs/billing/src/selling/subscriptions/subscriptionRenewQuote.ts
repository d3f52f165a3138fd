import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import type { ComposedConfig } from '../../config.ts';
import { createQuote } from '../quotes/createQuote.ts';

export const subscriptionRenewQuote =
  (config: ComposedConfig): MutationResolvers['subscriptionRenewQuote'] =>
  async (_root, { input }, ctx) => {
    const accountId = readId(input.accountId);
    return await createQuote(config, ctx, {
      kind: 'SUBSCRIPTION_RENEW',
      input: { accountId },
      accounts: { accountId },
    });
  };
