import { Again } from '@comptoir/shared/operations/idempotency.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { answeredBefore, onceIfKeyed } from '../base/idempotency.ts';
import { readBranch } from './branches.ts';
import { readName } from './tracker.ts';
import { addTrackers } from './trackerStore.ts';
import type { TrackerRow } from './trackerTables.ts';

export const trackerCreate: MutationResolvers['trackerCreate'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const intention = { mutation: 'trackerCreate', input };
  const before = await answeredBefore<{ id: string }>(ctx, intention);
  if (before instanceof Refusal) return { tracker: null, userErrors: [before] };
  if (before !== null) return { tracker: await ctx.loaders.tracker.load(before.answer.id), userErrors: [] };
  const name = readName(input.name, ['input', 'name']);
  if (name instanceof Refusal) return { tracker: null, userErrors: [name] };
  const branchId = await readBranch(ctx, viewer.accountId, input.branchId ?? null);
  if (branchId instanceof Refusal) return { tracker: null, userErrors: [branchId] };

  const tracker: TrackerRow = {
    id: newId(),
    accountId: viewer.accountId,
    kind: input.kind,
    name,
    branchId,
    status: 'INACTIVE',
    createdBy: viewer.userId,
    createdAt: ctx.now,
    activatedAt: null,
  };
  const add = async (tx: EntityManager): Promise<TrackerRow> => {
    await addTrackers(tx, [tracker]);
    return tracker;
  };
  const outcome = await ctx.write((tx) =>
    onceIfKeyed(
      tx,
      ctx,
      intention,
      () => add(tx),
      ({ id }) => ({ id }),
    ),
  );
  if (outcome instanceof Refusal) return { tracker: null, userErrors: [outcome] };
  if (outcome instanceof Again) return { tracker: await ctx.loaders.tracker.load(outcome.answer.id), userErrors: [] };
  return { tracker: outcome, userErrors: [] };
};
