import { Refusal } from '@comptoir/shared/refusal.ts';
import { newId, readId } from '@comptoir/shared/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { copyNames, refusesCopies } from './tracker.ts';
import { addTrackers, findWritable } from './trackerStore.ts';
import type { TrackerRow } from './trackerTables.ts';

export const trackerDuplicate: MutationResolvers['trackerDuplicate'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const outcome = await ctx.write(async (tx) => {
    const wished = input.names ?? null;
    const refused = refusesCopies(input.copies, wished);
    if (refused !== null) return refused;
    // Looked at before the tracker, as the order of precedence says; a copy's default name needs the tracker.
    const given = wished === null ? null : copyNames('', input.copies, wished);
    if (given instanceof Refusal) return given;

    const id = readId(input.trackerId);
    const [tracker] = id === null ? [] : await findWritable(tx, [id]);
    if (tracker === undefined) {
      return new Refusal('TRACKER_NOT_FOUND', 'There is no such tracker.', ['input', 'trackerId']);
    }
    const names = copyNames(tracker.name, input.copies, given);
    if (names instanceof Refusal) return names;

    const copies = names.map(
      (name): TrackerRow => ({
        id: newId(),
        accountId: tracker.accountId,
        kind: tracker.kind,
        name,
        branchId: tracker.branchId,
        status: 'INACTIVE',
        createdBy: viewer.userId,
        createdAt: ctx.now,
        activatedAt: null,
      }),
    );
    await addTrackers(tx, copies);
    return copies;
  });
  return outcome instanceof Refusal ? { trackers: null, userErrors: [outcome] } : { trackers: outcome, userErrors: [] };
};
