import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { readName } from './tracker.ts';
import { lockTrackers, renameTracker } from './trackerStore.ts';

export const trackerRename: MutationResolvers['trackerRename'] = async (_root, { input }, ctx) => {
  const outcome = await ctx.write(async (tx) => {
    const name = readName(input.name, ['input', 'name']);
    if (name instanceof Refusal) return name;

    const id = readId(input.trackerId);
    const [tracker] = id === null ? [] : await lockTrackers(tx, [id]);
    if (tracker === undefined) {
      return new Refusal('TRACKER_NOT_FOUND', 'There is no such tracker.', ['input', 'trackerId']);
    }
    await renameTracker(tx, tracker.id, name);
    return { ...tracker, name };
  });
  return outcome instanceof Refusal ? { tracker: null, userErrors: [outcome] } : { tracker: outcome, userErrors: [] };
};
