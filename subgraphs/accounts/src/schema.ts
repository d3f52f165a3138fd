import type { SubgraphDefinition } from '@comptoir/shared/localSubgraph.ts';
import { accountConvertToPartner } from './accounts/accountConvertToPartner.ts';
import { Account, Query } from './accounts/accountResolvers.ts';
import { AccountTable } from './accounts/accountTables.ts';
import { internalAccountNames } from './accounts/internalAccountNames.ts';
import { internalAccountOpen } from './accounts/internalAccountOpen.ts';
import { type Loaders, makeLoaders } from './context.ts';
import { jobs } from './jobs.ts';
import { partnershipAccept } from './partnerships/partnershipAccept.ts';
import { partnershipRequest } from './partnerships/partnershipRequest.ts';
import { AccountPartnerships, Partnership, PartnershipQuery } from './partnerships/partnershipResolvers.ts';
import { partnershipEnd, partnershipRefuse, partnershipWithdraw } from './partnerships/partnershipSteps.ts';
import { PartnershipTable } from './partnerships/partnershipTables.ts';
import { permissions } from './permissions.ts';

export const accounts: SubgraphDefinition<Loaders> = {
  name: 'accounts',
  sdlFolder: new URL('./', import.meta.url),
  resolvers: {
    Query: { ...Query, ...PartnershipQuery, internalAccountNames },
    Mutation: {
      accountConvertToPartner,
      internalAccountOpen,
      partnershipRequest,
      partnershipAccept,
      partnershipRefuse,
      partnershipWithdraw,
      partnershipEnd,
    },
    Account: { ...Account, ...AccountPartnerships },
    Partnership,
  },
  permissions,
  entities: [AccountTable, PartnershipTable],
  makeLoaders,
  jobs,
};
