import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import type { SubgraphContext } from '../context.ts';
import { type DelegationActionName, refusesStep, sideOf, step } from './delegation.ts';
import { closeSpans, type DelegationNotice, lockDelegation, lockPayers, saveStep, tell } from './delegationStore.ts';

/** The steps after which the client pays: they differ in who may take them and in what the other side is told. */
async function takeStep(
  ctx: SubgraphContext,
  delegationId: string,
  action: Exclude<DelegationActionName, 'ACCEPT'>,
  notice: DelegationNotice | null,
) {
  const viewer = ctx.viewer as PersonViewer;
  const outcome = await ctx.write(async (tx) => {
    const id = readId(delegationId);
    const delegation = id === null ? null : await lockDelegation(tx, id);
    if (delegation === null) {
      return new Refusal('DELEGATION_NOT_FOUND', 'There is no such delegation.', ['input', 'delegationId']);
    }
    const refused = refusesStep(delegation, action, viewer);
    if (refused !== null) return refused;

    if (action === 'END') await lockPayers(tx, delegation.clientId);
    const now = ctx.clock.now();
    const changed = step(delegation, action, viewer, now);
    await saveStep(tx, changed);
    if (action === 'END') await closeSpans(tx, changed, now);
    const otherSide = sideOf(changed, viewer) === 'CLIENT' ? 'PARTNER' : 'CLIENT';
    if (notice !== null) await tell(tx, otherSide, notice, changed);
    return changed;
  });
  return outcome instanceof Refusal
    ? { delegation: null, userErrors: [outcome] }
    : { delegation: outcome, userErrors: [] };
}

export const delegationRefuse: MutationResolvers['delegationRefuse'] = (_root, { input }, ctx) =>
  takeStep(ctx, input.delegationId, 'REFUSE', 'DELEGATION_REFUSED');

export const delegationWithdraw: MutationResolvers['delegationWithdraw'] = (_root, { input }, ctx) =>
  takeStep(ctx, input.delegationId, 'WITHDRAW', null);

export const delegationEnd: MutationResolvers['delegationEnd'] = (_root, { input }, ctx) =>
  takeStep(ctx, input.delegationId, 'END', 'DELEGATION_ENDED');
