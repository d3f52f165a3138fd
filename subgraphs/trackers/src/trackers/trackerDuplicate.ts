import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId, readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers, TrackerDuplicateInput } from '../../generated/graphql.ts';
import { onceForKey } from '../base/idempotency.ts';
import type { SubgraphContext } from '../context.ts';
import { copyNames, refusesCopies } from './tracker.ts';
import { addTrackers, findWritable } from './trackerStore.ts';
import type { TrackerRow } from './trackerTables.ts';

export const trackerDuplicate: MutationResolvers['trackerDuplicate'] = async (_root, { input }, ctx) => {
  const intention = { mutation: 'trackerDuplicate', input };
  const trackers = await onceForKey(ctx, intention, copies(ctx), (once) =>
    ctx.write((tx) => once(tx, () => duplicate(tx, input, ctx))),
  );
  return trackers instanceof Refusal ? { trackers: null, userErrors: [trackers] } : { trackers, userErrors: [] };
};

/** Remembered by their ids. One that the caller does not see any more is left out. */
const copies = ({ loaders }: SubgraphContext) => ({
  kept: (made: readonly TrackerRow[]) => ({ ids: made.map(({ id }) => id) }),
  shown: async ({ ids }: { ids: readonly string[] }) =>
    (await Promise.all(ids.map((id) => loaders.tracker.load(id)))).filter((copy) => copy !== null),
});

async function duplicate(tx: EntityManager, input: TrackerDuplicateInput, ctx: SubgraphContext) {
  const viewer = ctx.viewer as PersonViewer;
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
}
