import { byKey, pagesByKey } from '@comptoir/shared/database/loaders.ts';
import type { Context } from '@comptoir/shared/operations/context.ts';
import { loadEarmarkPages, loadPrepaidEntryPages, loadPrepaidTotals } from './prepaidStore.ts';

/** The loaders of this folder's types and lists. */
export const prepaidLoaders = ({ read }: Pick<Context<never>, 'read'>) => ({
  prepaidTotals: byKey(read, loadPrepaidTotals, ({ profileId }) => profileId),
  earmarks: pagesByKey(read, loadEarmarkPages, ({ profileId }) => profileId),
  prepaidEntries: pagesByKey(read, loadPrepaidEntryPages, ({ profileId }) => profileId),
});
