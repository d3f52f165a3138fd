import { readId } from '@comptoir/shared/values/uuid.ts';
import { holds, type Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { ApiKeyResolvers } from '../../generated/graphql.ts';

/** A key as it comes from the gateway; the budget is there where what is left is asked for. */
export type KeyReference = { id: string; creditBudget?: number | null };

/** As identity shows keys: to SECURITY, and a key to itself. */
const maySeeKey = (viewer: Viewer, id: string): boolean =>
  holds(viewer, 'SECURITY', 'READ') || (viewer.kind === 'KEY' && viewer.keyId === id);

export const ApiKey: ApiKeyResolvers = {
  // The gateway brings the budget along with a key that identity has shown to this viewer; without it, only a key with
  // a counter in sight is there.
  __resolveReference: async (reference, { viewer, loaders }) => {
    const { creditBudget } = reference as KeyReference;
    const id = readId(reference.id);
    if (id === null || !maySeeKey(viewer, id)) return null;
    if (creditBudget === undefined && (await loaders.keyConsumption.load(id)) === null) return null;
    return { id, creditBudget: creditBudget ?? null };
  },
  // A key that nothing was charged to has no counter yet; another account's looks the same.
  creditsConsumed: async ({ id }, _args, { loaders }) => (await loaders.keyConsumption.load(id))?.consumed ?? 0,
  creditsLeft: async ({ id, creditBudget }, _args, { loaders }) =>
    creditBudget == null ? null : Math.max(0, creditBudget - ((await loaders.keyConsumption.load(id))?.consumed ?? 0)),
};
