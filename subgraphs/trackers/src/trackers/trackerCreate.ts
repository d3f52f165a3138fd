import { byItsId } from '@comptoir/shared/operations/idempotency.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { onceForKey } from '../base/idempotency.ts';
import { readBranch } from './branches.ts';
import { readName } from './tracker.ts';
import { addTrackers } from './trackerStore.ts';
import type { TrackerRow } from './trackerTables.ts';

export const trackerCreate: MutationResolvers['trackerCreate'] = async (_root, { input }, ctx) => {
  const { accountId, userId } = ctx.viewer as PersonViewer;
  const intention = { mutation: 'trackerCreate', input };
  const tracker = await onceForKey(ctx, intention, byItsId(ctx.loaders.tracker), async (once) => {
    const name = readName(input.name, ['input', 'name']);
    if (name instanceof Refusal) return name;
    const branchId = await readBranch(ctx, accountId, input.branchId ?? null);
    if (branchId instanceof Refusal) return branchId;
    const created: TrackerRow = {
      id: newId(),
      accountId,
      kind: input.kind,
      name,
      branchId,
      status: 'INACTIVE',
      createdBy: userId,
      createdAt: ctx.now,
      activatedAt: null,
    };
    return await ctx.write((tx) => once(tx, () => addTrackers(tx, [created]).then(() => created)));
  });
  return tracker instanceof Refusal ? { tracker: null, userErrors: [tracker] } : { tracker, userErrors: [] };
};
