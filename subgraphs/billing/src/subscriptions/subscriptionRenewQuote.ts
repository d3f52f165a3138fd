import { readId } from '@comptoir/shared/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { makeQuote } from '../quotes/makeQuote.ts';

export const subscriptionRenewQuote: MutationResolvers['subscriptionRenewQuote'] = async (_root, { input }, ctx) => {
  const accountId = readId(input.accountId);
  return await makeQuote(ctx, { kind: 'SUBSCRIPTION_RENEW', input: { accountId }, accounts: { accountId } });
};
