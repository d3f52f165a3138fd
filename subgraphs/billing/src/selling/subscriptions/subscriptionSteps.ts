import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import type { SubscriptionErrorCode } from '../../../generated/graphql.ts';
import { writable } from '../../base/scope.ts';
import type { SubgraphContext } from '../../context.ts';
import { changePaying } from '../quotes/refusals.ts';
import {
  addChange,
  isChangePaying,
  lockSubscriptionOf,
  type ShownSubscription,
  saveSubscription,
} from './subscriptionStore.ts';
import type { ChangeKind, SubscriptionRow } from './subscriptionTables.ts';

type Payload = { subscription: ShownSubscription | null; userErrors: Refusal<SubscriptionErrorCode>[] };

/** How a subscription stands after something was done with it, or why that cannot be done; it is locked. */
export type Step = (
  tx: EntityManager,
  held: SubscriptionRow,
) => Promise<SubscriptionRow | Refusal> | SubscriptionRow | Refusal;

/**
 * Does something with the subscription of an account that the viewer may change the billing of, and writes it into its
 * history. Nothing is done while a change of it is being paid for.
 */
export async function stepSubscription(
  ctx: SubgraphContext,
  asked: { accountId: string; kind: ChangeKind; reason: string },
  step: Step,
): Promise<Payload> {
  const accountId = readId(asked.accountId);
  const scope = accountId === null ? new Set() : await writable(ctx, [accountId]);
  if (accountId === null || !scope.has(accountId)) {
    return refused(new Refusal('ACCOUNT_NOT_FOUND', 'There is no such account.', ['input', 'accountId']));
  }
  const viewer = ctx.viewer;
  const changedBy = viewer.kind === 'PERSON' || viewer.kind === 'KEY' ? viewer.userId : null;
  const outcome = await ctx.system(asked.reason, async (tx) => {
    const held = await lockSubscriptionOf(tx, accountId);
    if (held === null) return noSubscription();
    if (await isChangePaying(tx, accountId)) return changePaying();
    const after = await step(tx, held);
    if (after instanceof Refusal) return after;
    await saveSubscription(tx, after);
    await addChange(tx, after, { kind: asked.kind, now: ctx.now, changedBy });
    return { id: after.id, accountId };
  });
  if (outcome instanceof Refusal) return refused(outcome);
  return { subscription: await ctx.loaders.subscription.load(outcome.id), userErrors: [] };
}

export const refused = (refusal: Refusal): Payload => ({
  subscription: null,
  userErrors: [refusal as Refusal<SubscriptionErrorCode>],
});

const noSubscription = (): Refusal =>
  new Refusal('SUBSCRIPTION_NOT_FOUND', 'The account has no subscription.', ['input', 'accountId']);
