import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import type { SubgraphContext } from '../context.ts';
import { MAX_SWITCHED } from './tracker.ts';
import { lockTrackers, switchTrackers } from './trackerStore.ts';
import type { TrackerStatus } from './trackerTables.ts';

/** Both switches do the same to another end: all of the trackers or none. */
async function switchAll(ctx: SubgraphContext, trackerIds: readonly string[], status: TrackerStatus) {
  const outcome = await ctx.write(async (tx) => {
    const field = ['input', 'trackerIds'];
    if (trackerIds.length === 0) return new Refusal('NO_TRACKERS', 'Name at least one tracker.', field);
    if (trackerIds.length > MAX_SWITCHED) {
      return new Refusal('TOO_MANY_TRACKERS', `Name at most ${MAX_SWITCHED} trackers a call.`, field);
    }
    const ids = trackerIds.map(readId);
    const readable = new Set(ids.filter((id) => id !== null));
    const found = new Map((await lockTrackers(tx, [...readable])).map((tracker) => [tracker.id, tracker]));
    const missing = ids.findIndex((id) => id === null || !found.has(id));
    if (missing >= 0) {
      const message = `There is no tracker ${trackerIds[missing]?.slice(0, 40)}. None was changed.`;
      return new Refusal('TRACKER_NOT_FOUND', message, [...field, String(missing)]);
    }

    await switchTrackers(tx, [...readable], status, ctx.now);
    return [...readable].flatMap((id) => {
      const tracker = found.get(id);
      if (tracker === undefined || tracker.status === status) return tracker ?? [];
      return { ...tracker, status, activatedAt: status === 'ACTIVE' ? ctx.now : tracker.activatedAt };
    });
  });
  return outcome instanceof Refusal ? { trackers: null, userErrors: [outcome] } : { trackers: outcome, userErrors: [] };
}

export const trackersActivate: MutationResolvers['trackersActivate'] = (_root, { input }, ctx) =>
  switchAll(ctx, input.trackerIds, 'ACTIVE');

export const trackersDeactivate: MutationResolvers['trackersDeactivate'] = (_root, { input }, ctx) =>
  switchAll(ctx, input.trackerIds, 'INACTIVE');
