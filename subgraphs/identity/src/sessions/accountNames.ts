import type { CallService } from '@comptoir/shared/protocol/services.ts';
import DataLoader from 'dataloader';

const ACCOUNT_NAMES = /* GraphQL */ `
  query AccountNames($ids: [ID!]!) {
    internalAccountNames(ids: $ids) { id name }
  }
`;

/** As many as accounts gives in one call. */
const NAMES_AT_ONCE = 1_000;

/**
 * The names of accounts for people who are in them and may not see them yet: to choose one at log-in (O13), when there
 * is no viewer who could ask accounts, and in the list of one's own. One call for all of a list; log-in does not depend
 * on it: without an answer the names are null.
 */
export function accountNames(call: CallService): DataLoader<string, string | null> {
  return new DataLoader(
    async (ids) => {
      try {
        type Answer = { internalAccountNames: { id: string; name: string }[] };
        const { internalAccountNames } = await call<Answer>('accounts', ACCOUNT_NAMES, { ids });
        const names = new Map(internalAccountNames.map(({ id, name }) => [id, name]));
        return ids.map((id) => names.get(id) ?? null);
      } catch {
        return ids.map(() => null);
      }
    },
    { maxBatchSize: NAMES_AT_ONCE },
  );
}
