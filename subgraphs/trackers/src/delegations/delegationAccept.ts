import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { notYourPartner, refusesStep, step } from './delegation.ts';
import { isLinked, lockDelegation, lockPayers, openSpans, saveStep, tell } from './delegationStore.ts';

export const delegationAccept: MutationResolvers['delegationAccept'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const outcome = await ctx.write(async (tx) => {
    const field = ['input', 'delegationId'];
    const id = readId(input.delegationId);
    const delegation = id === null ? null : await lockDelegation(tx, id);
    if (delegation === null) return new Refusal('DELEGATION_NOT_FOUND', 'There is no such delegation.', field);

    const refused = refusesStep(delegation, 'ACCEPT', viewer);
    // The shield asked for BILLING already, which is all that a partner needs here.
    if (refused !== null) return refused as Refusal<'NOT_YOURS_TO_ANSWER' | 'NOT_WAITING'>;

    await lockPayers(tx, delegation.clientId);
    const now = ctx.clock.now();
    if (!(await isLinked(tx, delegation, now))) return notYourPartner(field);

    const active = step(delegation, 'ACCEPT', viewer, now);
    await saveStep(tx, active);
    await openSpans(tx, active, now);
    await tell(tx, 'CLIENT', 'DELEGATION_ACCEPTED', active);
    return active;
  });
  return outcome instanceof Refusal
    ? { delegation: null, userErrors: [outcome] }
    : { delegation: outcome, userErrors: [] };
};
