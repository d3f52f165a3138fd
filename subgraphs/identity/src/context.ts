import type { Context } from '@comptoir/shared/context.ts';
import { byId, pagesByKey } from '@comptoir/shared/loaders.ts';
import { loadApiKeyPages, loadApiKeys } from './apiKeys/apiKeyStore.ts';
import {
  loadAccountNetworks,
  loadMembershipPages,
  loadMemberships,
  loadPeoplePages,
  loadUsers,
} from './people/peopleStore.ts';
import { accountNames } from './sessions/accountNames.ts';

export type Loaders = ReturnType<typeof makeLoaders>;
export type SubgraphContext = Context<Loaders>;

/** One loader per `@key` type and per list field: the number of statements does not depend on how many are asked. */
export function makeLoaders({ read, call }: Pick<Context<never>, 'read' | 'call'>) {
  return {
    user: byId(read, loadUsers),
    membership: byId(read, loadMemberships),
    memberships: pagesByKey(read, loadMembershipPages, (row) => row.userId),
    people: pagesByKey(read, loadPeoplePages, (row) => row.accountId),
    accountNetworks: byId(read, loadAccountNetworks),
    apiKey: byId(read, loadApiKeys),
    apiKeys: pagesByKey(read, loadApiKeyPages, (row) => row.accountId),
    accountName: accountNames(call),
  };
}
