import type { SubgraphDefinition } from '@comptoir/shared/localSubgraph.ts';
import { apiKeyCreate } from './apiKeys/apiKeyCreate.ts';
import { AccountApiKeys, ApiKey } from './apiKeys/apiKeyResolvers.ts';
import { apiKeyRevoke } from './apiKeys/apiKeyRevoke.ts';
import { ApiKeyTable } from './apiKeys/apiKeyTables.ts';
import { internalApiKeysUsed } from './apiKeys/internalApiKeysUsed.ts';
import type { IdentityConfig } from './config.ts';
import { type Loaders, makeLoaders } from './context.ts';
import { background, jobs } from './jobs.ts';
import { passwordReset } from './links/passwordReset.ts';
import { passwordResetRequest } from './links/passwordResetRequest.ts';
import { signUp } from './links/signUp.ts';
import { signUpComplete } from './links/signUpComplete.ts';
import { internalNoticeSend } from './mails/internalNoticeSend.ts';
import { accountNetworksSet } from './people/accountNetworksSet.ts';
import { membershipNetworksSet } from './people/membershipNetworksSet.ts';
import { AccountPeople, Membership, PeopleQuery, User, ViewerFields } from './people/peopleResolvers.ts';
import { MembershipTable, UserTable } from './people/userTables.ts';
import { permissions } from './permissions.ts';
import { credentialStanding } from './sessions/credentialStanding.ts';
import { sessionCreate } from './sessions/sessionCreate.ts';
import { sessionEnd } from './sessions/sessionEnd.ts';
import { sessionRefresh } from './sessions/sessionRefresh.ts';
import { SessionMembership } from './sessions/sessionResolvers.ts';
import { sessionSwitch } from './sessions/sessionSwitch.ts';

export function identity(config: IdentityConfig): SubgraphDefinition<Loaders> {
  return {
    name: 'identity',
    sdlFolder: new URL('./', import.meta.url),
    resolvers: {
      Query: { ...PeopleQuery, credentialStanding: credentialStanding(config) },
      Mutation: {
        signUp: signUp(config),
        signUpComplete: signUpComplete(config),
        passwordResetRequest: passwordResetRequest(config),
        passwordReset: passwordReset(config),
        sessionCreate: sessionCreate(config),
        sessionSwitch: sessionSwitch(config),
        sessionRefresh: sessionRefresh(config),
        sessionEnd: sessionEnd(config),
        membershipNetworksSet,
        accountNetworksSet,
        apiKeyCreate,
        apiKeyRevoke,
        internalApiKeysUsed,
        internalNoticeSend,
      },
      Viewer: ViewerFields,
      User,
      Membership,
      Account: { ...AccountPeople, ...AccountApiKeys },
      ApiKey,
      SessionMembership,
    },
    permissions,
    entities: [UserTable, MembershipTable, ApiKeyTable],
    makeLoaders,
    jobs: jobs(config),
    background: background(config),
  };
}
