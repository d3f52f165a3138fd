import { Refusal } from '@comptoir/shared/refusal.ts';
import { newId } from '@comptoir/shared/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { readBranch } from './branches.ts';
import { readName } from './tracker.ts';
import { addTrackers } from './trackerStore.ts';
import type { TrackerRow } from './trackerTables.ts';

export const trackerCreate: MutationResolvers['trackerCreate'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const name = readName(input.name, ['input', 'name']);
  if (name instanceof Refusal) return { tracker: null, userErrors: [name] };
  const branchId = await readBranch(ctx, viewer.accountId, input.branchId ?? null);
  if (branchId instanceof Refusal) return { tracker: null, userErrors: [branchId] };

  const outcome = await ctx.write(async (tx) => {
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
    await addTrackers(tx, [tracker]);
    return tracker;
  });
  return { tracker: outcome, userErrors: [] };
};
