import { Refusal } from '@comptoir/shared/refusal.ts';
import { newId } from '@comptoir/shared/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { readName } from './tracker.ts';
import { addTrackers } from './trackerStore.ts';
import type { TrackerRow } from './trackerTables.ts';

export const trackerCreate: MutationResolvers['trackerCreate'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const outcome = await ctx.write(async (tx) => {
    const name = readName(input.name, ['input', 'name']);
    if (name instanceof Refusal) return name;

    const tracker: TrackerRow = {
      id: newId(),
      accountId: viewer.accountId,
      kind: input.kind,
      name,
      status: 'INACTIVE',
      createdBy: viewer.userId,
      createdAt: ctx.now,
      activatedAt: null,
    };
    await addTrackers(tx, [tracker]);
    return tracker;
  });
  return outcome instanceof Refusal ? { tracker: null, userErrors: [outcome] } : { tracker: outcome, userErrors: [] };
};
