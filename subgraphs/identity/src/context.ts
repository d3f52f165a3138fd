import { byId, byKey, pagesByKey } from '@comptoir/shared/database/loaders.ts';
import type { Context } from '@comptoir/shared/operations/context.ts';
import { loadApiKeyPages, loadApiKeys } from './apiKeys/apiKeyStore.ts';
import { loadContactMemberships, loadContactPages, loadContacts } from './contacts/contactStore.ts';
import {
  loadAccountInvitations,
  loadInvitations,
  loadNewestInvitations,
  loadWaitingInvitations,
} from './invitations/invitationStore.ts';
import { loadLoginAs, loadLoginAsPages } from './loginAs/loginAsStore.ts';
import {
  countEndingKeys,
  loadEndingKeys,
  loadEndingKeysOfUsers,
  loadKnownKeys,
  loadMemberKeys,
} from './members/memberKeyStore.ts';
import { loadAccessLists, loadOwners, loadWritableAccounts } from './members/memberStore.ts';
import {
  loadAccountNetworks,
  loadMembershipPages,
  loadMemberships,
  loadPeoplePages,
  loadUsers,
} from './people/peopleStore.ts';
import { loadMissingFor, loadRequirements } from './secondFactor/requirementStore.ts';
import { accountNames } from './sessions/accountNames.ts';
import { loadTrailEntries, loadTrailPages } from './trail/trailStore.ts';

export type Loaders = ReturnType<typeof makeLoaders>;
export type SubgraphContext = Context<Loaders>;

/** One loader per `@key` type and per list field: the number of statements does not depend on how many are asked. */
export function makeLoaders({ read, call, now }: Pick<Context<never>, 'read' | 'call' | 'now'>) {
  return {
    user: byId(read, loadUsers),
    membership: byId(read, loadMemberships),
    memberships: pagesByKey(read, loadMembershipPages, (row) => row.userId),
    people: pagesByKey(read, loadPeoplePages, (row) => row.accountId),
    secondFactorRequired: byId(read, loadRequirements),
    secondFactorMissing: byId(read, loadMissingFor),
    accountNetworks: byId(read, loadAccountNetworks),
    apiKey: byId(read, loadApiKeys),
    apiKeys: pagesByKey(read, loadApiKeyPages, (row) => row.accountId),
    loginAs: byId(read, loadLoginAs),
    loginAsSessions: pagesByKey(read, loadLoginAsPages, (row) => row.accountId),
    accountName: accountNames(call),
    trailEntry: byId(read, loadTrailEntries),
    trail: pagesByKey(read, loadTrailPages, (row) => row.ofAccount),

    contact: byId(read, loadContacts),
    contacts: pagesByKey(read, loadContactPages, (row) => row.accountId),
    contactMembership: byKey(read, loadContactMemberships, (row) => row.contactId as string),
    invitation: byId(read, loadInvitations),
    newestInvitation: byKey(read, loadNewestInvitations, (row) => row.membershipId),
    accountInvitations: pagesByKey(read, loadAccountInvitations, (row) => row.accountId),
    waitingInvitations: pagesByKey(read, loadWaitingInvitations, (row) => row.userId),
    writable: byId(read, loadWritableAccounts),
    owners: byKey(read, loadOwners, (row) => row.accountId),
    memberKeys: pagesByKey(read, loadMemberKeys, (row) => row.membershipId),
    endingKeys: pagesByKey(read, loadEndingKeys, (row) => row.membershipId),
    knownKeys: pagesByKey(read, loadKnownKeys, (row) => row.membershipId),
    endingKeyCount: byKey(
      read,
      (tx, ids) => countEndingKeys(tx, ids, now),
      (row) => row.membershipId,
    ),
    endingKeysOfUser: pagesByKey(read, loadEndingKeysOfUsers, (row) => row.ofUser),
    accessList: pagesByKey(read, loadAccessLists, (row) => row.userId),
  };
}
