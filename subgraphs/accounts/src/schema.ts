import type { SubgraphDefinition } from '@comptoir/shared/service/localSubgraph.ts';
import { accountCancel } from './accounts/accountCancel.ts';
import { Account, Query } from './accounts/accountResolvers.ts';
import { accountTimeZoneSet } from './accounts/accountTimeZoneSet.ts';
import { internalAccountFacts } from './accounts/internalAccountFacts.ts';
import { internalAccountNames } from './accounts/internalAccountNames.ts';
import { internalAccountOpen } from './accounts/internalAccountOpen.ts';
import { internalAccountsByName } from './accounts/internalAccountsByName.ts';
import { branchCreate } from './branches/branchCreate.ts';
import { AccountBranches, Branch, BranchQuery } from './branches/branchResolvers.ts';
import { branchArchive, branchRename, branchRestore } from './branches/branchSteps.ts';
import { type Loaders, makeLoaders } from './context.ts';
import { accountConvertToPartner } from './conversions/accountConvertToPartner.ts';
import { AccountConversions, ConversionQuery, PartnerConversion } from './conversions/conversionResolvers.ts';
import { partnerConversionRefuse } from './conversions/partnerConversionRefuse.ts';
import { partnerConversionRequest } from './conversions/partnerConversionRequest.ts';
import { jobs } from './jobs.ts';
import { partnershipAccept } from './partnerships/partnershipAccept.ts';
import { partnershipRequest } from './partnerships/partnershipRequest.ts';
import { AccountPartnerships, Partnership, PartnershipQuery } from './partnerships/partnershipResolvers.ts';
import { partnershipSecondFactorSet } from './partnerships/partnershipSecondFactorSet.ts';
import { partnershipEnd, partnershipRefuse, partnershipWithdraw } from './partnerships/partnershipSteps.ts';
import { permissions } from './permissions.ts';
import { entities } from './tables.ts';

export const accounts: SubgraphDefinition<Loaders> = {
  name: 'accounts',
  sdlFolder: new URL('.//', import.meta.url),
  resolvers: {
    Query: {
      ...Query,
      ...PartnershipQuery,
      ...BranchQuery,
      ...ConversionQuery,
      internalAccountNames,
      internalAccountFacts,
      internalAccountsByName,
    },
    Mutation: {
      accountCancel,
      accountConvertToPartner,
      accountTimeZoneSet,
      internalAccountOpen,
      branchCreate,
      branchRename,
      branchArchive,
      branchRestore,
      partnerConversionRequest,
      partnerConversionRefuse,
      partnershipRequest,
      partnershipAccept,
      partnershipSecondFactorSet,
      partnershipRefuse,
      partnershipWithdraw,
      partnershipEnd,
    },
    Account: { ...Account, ...AccountPartnerships, ...AccountBranches, ...AccountConversions },
    Partnership,
    PartnerConversion,
    Branch,
  },
  permissions,
  entities,
  makeLoaders,
  // An account's row is the account: its id tells whose it is.
  accountOf: (row) =>
    row.kind === 'CLIENT' || row.kind === 'PARTNER' || row.kind === 'PROVIDER' ? (row.id as string) : null,
  jobs,
};
