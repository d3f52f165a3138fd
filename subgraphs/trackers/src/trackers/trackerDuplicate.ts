import { Again } from '@comptoir/shared/operations/idempotency.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId, readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers, TrackerDuplicateInput } from '../../generated/graphql.ts';
import { answeredBefore, onceIfKeyed } from '../base/idempotency.ts';
import type { SubgraphContext } from '../context.ts';
import { copyNames, refusesCopies } from './tracker.ts';
import { addTrackers, findWritable } from './trackerStore.ts';
import type { TrackerRow } from './trackerTables.ts';

export const trackerDuplicate: MutationResolvers['trackerDuplicate'] = async (_root, { input }, ctx) => {
  const intention = { mutation: 'trackerDuplicate', input };
  const outcome =
    (await answeredBefore<Copies>(ctx, intention)) ??
    (await ctx.write((tx) => onceIfKeyed(tx, ctx, intention, () => duplicate(tx, input, ctx), idsOf)));
  if (outcome instanceof Refusal) return { trackers: null, userErrors: [outcome] };
  if (!(outcome instanceof Again)) return { trackers: outcome, userErrors: [] };
  // One that the caller does not see any more is left out.
  const copies = await Promise.all(outcome.answer.ids.map((id) => ctx.loaders.tracker.load(id)));
  return { trackers: copies.filter((copy) => copy !== null), userErrors: [] };
};

type Copies = { ids: string[] };
const idsOf = (copies: readonly TrackerRow[]): Copies => ({ ids: copies.map(({ id }) => id) });

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
