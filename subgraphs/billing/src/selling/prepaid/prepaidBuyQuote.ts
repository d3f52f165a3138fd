import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { parseMoney } from '../../books/money/money.ts';
import type { ComposedConfig } from '../../config.ts';
import { createQuote, payloadOf } from '../quotes/createQuote.ts';
import { profileNotFound } from '../quotes/refusals.ts';

export const prepaidBuyQuote =
  (config: ComposedConfig): MutationResolvers['prepaidBuyQuote'] =>
  async (_root, { input }, ctx) => {
    const profileId = readId(input.profileId);
    if (profileId === null) return payloadOf(profileNotFound());
    const amount = parseMoney(input.amount);
    if (amount === null) {
      const message = 'An amount has no more decimals than its currency, as 12.30 EUR or 500 JPY.';
      return payloadOf(new Refusal('AMOUNT_NOT_READABLE', message, ['input', 'amount'], 'A64'));
    }
    const earmarkId = input.earmarkId == null ? null : readId(input.earmarkId);
    return await createQuote(config, ctx, {
      kind: 'PREPAID_BUY',
      input: { profileId, earmarkId, amount },
      accounts: input.earmarkId == null ? {} : { earmarkId },
      profileId,
    });
  };
