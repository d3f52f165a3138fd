import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { readBranch } from './branches.ts';
import { MAX_SWITCHED } from './tracker.ts';
import { lockTrackers, saveBranch } from './trackerStore.ts';

export const trackerBranchSet: MutationResolvers['trackerBranchSet'] = async (_root, { input }, ctx) => {
  const field = ['input', 'trackerIds'];
  const { trackerIds } = input;
  if (trackerIds.length === 0) {
    return refusal(new Refusal('NO_TRACKERS', 'Name at least one tracker.', field));
  }
  if (trackerIds.length > MAX_SWITCHED) {
    return refusal(new Refusal('TOO_MANY_TRACKERS', `Name at most ${MAX_SWITCHED} trackers a call.`, field));
  }
  const ids = trackerIds.map(readId);
  const readable = [...new Set(ids.filter((id) => id !== null))];
  // The branch is one of the trackers' account, which may be a client's.
  const seen = (await ctx.loaders.tracker.loadMany(readable)).flatMap((row) =>
    row === null || row instanceof Error ? [] : [row],
  );
  const accountId = seen[0]?.accountId ?? (ctx.viewer as PersonViewer).accountId;
  const wished = input.branchId ?? null;
  const branchId = await readBranch(ctx, accountId, wished);
  if (branchId instanceof Refusal) return refusal(branchId);

  const outcome = await ctx.write(async (tx) => {
    const found = new Map((await lockTrackers(tx, readable)).map((tracker) => [tracker.id, tracker]));
    const missing = ids.findIndex((id) => id === null || found.get(id)?.accountId !== accountId);
    if (missing >= 0) {
      const message = `There is no tracker ${trackerIds[missing]?.slice(0, 40)}. None was changed.`;
      return new Refusal('TRACKER_NOT_FOUND', message, [...field, String(missing)]);
    }
    await saveBranch(tx, readable, branchId);
    return readable.flatMap((id) => {
      const tracker = found.get(id);
      return tracker === undefined ? [] : [{ ...tracker, branchId }];
    });
  });
  return outcome instanceof Refusal ? refusal(outcome) : { trackers: outcome, userErrors: [] };
};

const refusal = <Code extends string>(refused: Refusal<Code>) => ({ trackers: null, userErrors: [refused] });
