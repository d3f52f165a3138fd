import { byId, pagesByKey } from '@comptoir/shared/database/loaders.ts';
import type { Context } from '@comptoir/shared/operations/context.ts';
import { loadAccounts, loadClients } from './accounts/accountStore.ts';
import { loadBranches, loadBranchPages } from './branches/branchStore.ts';
import { loadConversionPages, loadConversions } from './conversions/conversionStore.ts';
import { loadPartnershipPages, loadPartnerships } from './partnerships/partnershipStore.ts';

export type Loaders = ReturnType<typeof makeLoaders>;
export type SubgraphContext = Context<Loaders>;

/** One loader per `@key` type and per list field: the number of statements does not depend on how many are asked. */
export function makeLoaders({ read }: Pick<Context<never>, 'read'>) {
  return {
    account: byId(read, loadAccounts),
    clients: pagesByKey(read, loadClients, (row) => row.partnerId),
    branch: byId(read, loadBranches),
    branches: pagesByKey(read, loadBranchPages, (row) => row.accountId),
    conversion: byId(read, loadConversions),
    conversions: pagesByKey(read, loadConversionPages, (row) => row.accountId),
    partnership: byId(read, loadPartnerships),
    partnerships: pagesByKey(read, loadPartnershipPages, (row) => row.side),
  };
}
