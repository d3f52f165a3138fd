import type { MutationResolvers } from '../../../generated/graphql.ts';
import { refusesAble } from './subscription.ts';
import { stepSubscription } from './subscriptionSteps.ts';

export const subscriptionDisable: MutationResolvers['subscriptionDisable'] = async (_root, { input }, ctx) =>
  await stepSubscription(
    ctx,
    { accountId: input.accountId, kind: 'DISABLED', reason: 'disable a subscription' },
    (_tx, held) => refusesAble(held, 'DISABLE') ?? { ...held, disabledAt: ctx.now },
  );

export const subscriptionEnable: MutationResolvers['subscriptionEnable'] = async (_root, { input }, ctx) =>
  await stepSubscription(
    ctx,
    { accountId: input.accountId, kind: 'ENABLED', reason: 'enable a subscription' },
    (_tx, held) => refusesAble(held, 'ENABLE') ?? { ...held, disabledAt: null },
  );
