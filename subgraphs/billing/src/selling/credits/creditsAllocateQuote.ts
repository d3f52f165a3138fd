import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { isCreditKind } from '../../books/ledger/kinds.ts';
import type { ComposedConfig } from '../../config.ts';
import { createQuote, payloadOf } from '../quotes/createQuote.ts';

export const creditsAllocateQuote =
  (config: ComposedConfig): MutationResolvers['creditsAllocateQuote'] =>
  async (_root, { input }, ctx) => {
    const { kind, credits } = input;
    const [fromAccountId, toAccountId] = [readId(input.fromAccountId), readId(input.toAccountId)];
    if (!isCreditKind(kind)) {
      return payloadOf(
        new Refusal(
          'KIND_NOT_ALLOCATED',
          'Money is not allocated: it is kept for an account.',
          ['input', 'kind'],
          'A65',
        ),
      );
    }
    const asked = { fromAccountId, toAccountId, kind, credits };
    return await createQuote(config, ctx, {
      kind: 'CREDITS_ALLOCATE',
      input: asked,
      accounts: { fromAccountId, toAccountId },
    });
  };
