import { badInput, unavailable } from '@comptoir/shared/protocol/errors.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { cancelled } from './subscriptionCancel.ts';
import { addChange, isChangePaying, lockSubscriptionOf, saveSubscription } from './subscriptionStore.ts';

export const internalSubscriptionCancel: MutationResolvers['internalSubscriptionCancel'] = async (
  _root,
  { input },
  ctx,
) => {
  const accountId = readId(input.accountId);
  if (accountId === null) throw badInput('That is no account id.', ['input', 'accountId']);
  await ctx.system('cancel the subscription of an account that was cancelled', async (tx) => {
    const held = await lockSubscriptionOf(tx, accountId);
    // The job asks again: what was paid for by then, a first subscription too, is cancelled with the rest.
    if (await isChangePaying(tx, accountId)) throw unavailable('A change of this subscription is being paid for.');
    if (held === null || held.status !== 'ACTIVE') return;
    const after = cancelled(held, ctx.now);
    await saveSubscription(tx, after);
    await addChange(tx, after, { kind: 'CANCELLED', now: ctx.now });
  });
  return { accountId };
};
