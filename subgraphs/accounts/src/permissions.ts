import {
  allow,
  asOneself,
  member,
  type Permissions,
  requires,
  requiresStaff,
  service,
} from '@comptoir/shared/permissions.ts';

/** Who may call what. Whose rows they see is decided by the database's policies. */
export const permissions: Permissions = {
  Query: {
    _service: service('gateway'),
    _entities: allow,
    account: member,
    accounts: requiresStaff('PROVISIONING', 'READ'),
    internalAccountNames: service('identity', 'billing', 'trackers'),
    branch: member,
    internalBranches: service('identity', 'trackers'),
    partnership: requires('PROVISIONING', 'READ'),
  },
  Mutation: {
    accountConvertToPartner: requiresStaff('PROVISIONING', 'WRITE'),
    internalAccountOpen: service('identity'),
    branchCreate: requires('CONFIGURATION', 'WRITE'),
    branchRename: requires('CONFIGURATION', 'WRITE'),
    branchArchive: requires('CONFIGURATION', 'WRITE'),
    branchRestore: requires('CONFIGURATION', 'WRITE'),
    partnershipRequest: requires('PROVISIONING', 'WRITE'),
    // What the client agrees to, its own people agree to (N12).
    partnershipAccept: asOneself(requires('PROVISIONING', 'WRITE')),
    partnershipRefuse: asOneself(requires('PROVISIONING', 'WRITE')),
    partnershipWithdraw: requires('PROVISIONING', 'WRITE'),
    partnershipEnd: asOneself(requires('PROVISIONING', 'WRITE')),
  },

  // `_entities` reaches types without passing a Query field, so every type carries its own rule. An account's name is
  // shown wherever it is the payer or the other side, hence `member`; rows do the rest.
  Account: { '*': member, clients: member, partnerships: requires('PROVISIONING', 'READ') },
  AccountConnection: member,
  AccountEdge: member,
  // Trackers and people say where they belong, hence `member`; rows do the rest.
  Branch: member,
  BranchConnection: member,
  BranchEdge: member,
  Partnership: requires('PROVISIONING', 'READ'),
  PartnershipAction: requires('PROVISIONING', 'READ'),
  PartnershipConnection: requires('PROVISIONING', 'READ'),
  PartnershipEdge: requires('PROVISIONING', 'READ'),

  AccountConvertToPartnerPayload: allow,
  AccountConvertToPartnerUserError: allow,
  InternalAccountOpenPayload: allow,
  InternalBranch: service('identity', 'trackers'),
  BranchCreatePayload: allow,
  BranchRenamePayload: allow,
  BranchArchivePayload: allow,
  BranchUserError: allow,
  InternalAccountName: service('identity', 'billing', 'trackers'),
  PartnershipRequestPayload: allow,
  PartnershipRequestUserError: allow,
  PartnershipAcceptPayload: allow,
  PartnershipAcceptUserError: allow,
  PartnershipRefusePayload: allow,
  PartnershipWithdrawPayload: allow,
  PartnershipEndPayload: allow,
  PartnershipAnswerUserError: allow,
  AreaGrant: allow,
  PageInfo: allow,
  _Service: allow,
};
