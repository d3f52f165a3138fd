import { byItsId } from '@comptoir/shared/operations/idempotency.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId, readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { DelegationOfferInput, MutationResolvers } from '../../generated/graphql.ts';
import { onceForKey } from '../base/idempotency.ts';
import type { SubgraphContext } from '../context.ts';
import { MAX_TRACKERS, notYourPartner, readSelection, tooMany } from './delegation.ts';
import { addDelegation, findOwnTrackers, isLinked, listFreeTrackers, listTrackers, tell } from './delegationStore.ts';
import type { DelegationRow } from './delegationTables.ts';

export const delegationOffer: MutationResolvers['delegationOffer'] = async (_root, { input }, ctx) => {
  const intention = { mutation: 'delegationOffer', input };
  const delegation = await onceForKey(ctx, intention, byItsId(ctx.loaders.delegation), (once) =>
    ctx.write((tx) => once(tx, () => offer(tx, input, ctx))),
  );
  return delegation instanceof Refusal
    ? { delegation: null, userErrors: [delegation] }
    : { delegation, userErrors: [] };
};

async function offer(tx: EntityManager, input: DelegationOfferInput, ctx: SubgraphContext) {
  const viewer = ctx.viewer as PersonViewer;
  const clientId = viewer.accountId;
  const partnerId = readId(input.partnerId);
  if (partnerId === null || !(await isLinked(tx, { partnerId, clientId }, ctx.now))) {
    return notYourPartner(['input', 'partnerId']);
  }
  const selected = readSelection(input.scope, input.trackerIds ?? null);
  if (selected instanceof Refusal) return selected;

  const delegation: DelegationRow = {
    id: newId(),
    clientId,
    partnerId,
    status: 'OFFERED',
    offeredBy: viewer.userId,
    offeredAt: ctx.now,
    answeredBy: null,
    answeredAt: null,
    endedBy: null,
    endedByAccount: null,
    endedAt: null,
  };
  await addDelegation(tx, delegation);
  const refused = selected === null ? await offerFree(tx, delegation) : await offerSelected(tx, delegation, selected);
  if (refused !== null) return refused;
  await tell(tx, 'PARTNER', 'DELEGATION_OFFERED', delegation);
  return delegation;
}

/** Everything that is free now; another offer made at the same instant may take some of it first. */
async function offerFree(tx: EntityManager, delegation: DelegationRow) {
  const count = await listFreeTrackers(tx, delegation, MAX_TRACKERS + 1);
  if (count > MAX_TRACKERS) return tooMany();
  if (count > 0) return null;
  return new Refusal('NO_TRACKERS', 'There is no tracker that is free.', ['input', 'scope'], 'U09');
}

/** All of those that are named, or nothing. */
async function offerSelected(tx: EntityManager, delegation: DelegationRow, trackerIds: readonly string[]) {
  const place = (at: number): string[] => ['input', 'trackerIds', String(at)];
  const ids = trackerIds.map(readId);
  const readable = [...new Set(ids.filter((id) => id !== null))];
  const own = new Set(await findOwnTrackers(tx, delegation.clientId, readable));
  const missing = ids.findIndex((id) => id === null || !own.has(id));
  if (missing >= 0) {
    return new Refusal(
      'TRACKER_NOT_FOUND',
      `There is no tracker ${trackerIds[missing]?.slice(0, 40)}.`,
      place(missing),
    );
  }
  const listed = new Set(await listTrackers(tx, delegation, readable));
  const taken = ids.findIndex((id) => id !== null && !listed.has(id));
  if (taken < 0) return null;
  return new Refusal(
    'TRACKER_TAKEN',
    `The tracker ${ids[taken]} is offered or taken over already.`,
    place(taken),
    'U10',
  );
}
