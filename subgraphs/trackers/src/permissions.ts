import {
  allow,
  either,
  inBranches,
  member,
  type Permissions,
  requires,
  service,
} from '@comptoir/shared/permissions/permissions.ts';

// Trackers, with all that hangs on them, belong to branches, and policies keep them to the viewer's (G12). A take-over
// is a matter of the whole account: seen, where one of its trackers is, and not decided.
const seesTrackers = inBranches(requires('TRACKERS', 'READ'));
const writesTrackers = inBranches(requires('TRACKERS', 'WRITE'));
/**
 * The client's people for trackers and the partner's for billing meet here; which of the two a step needs, the mutation
 * knows.
 */
const seesDelegations = either(seesTrackers, requires('BILLING', 'READ'));

/** Who may call what. Whose rows they see is decided by the database's policies. */
export const permissions: Permissions = {
  Query: {
    _service: service('gateway'),
    _entities: allow,
    tracker: seesTrackers,
    internalTrackerPlace: service('identity'),
    delegation: seesDelegations,
  },
  Mutation: {
    trackerCreate: writesTrackers,
    trackerDuplicate: writesTrackers,
    trackerBranchSet: writesTrackers,
    trackerRename: writesTrackers,
    trackersActivate: writesTrackers,
    trackersDeactivate: writesTrackers,
    delegationOffer: requires('TRACKERS', 'WRITE'),
    delegationAccept: requires('BILLING', 'WRITE'),
    delegationRefuse: requires('BILLING', 'WRITE'),
    delegationWithdraw: requires('TRACKERS', 'WRITE'),
    delegationEnd: either(requires('TRACKERS', 'WRITE'), requires('BILLING', 'WRITE')),
    eventsRecord: writesTrackers,
    internalPartnershipEnded: service('accounts'),
  },

  // `_entities` reaches types without passing a Query field, so every type carries its own rule.
  Account: {
    '*': inBranches(member),
    trackers: seesTrackers,
    delegatedTrackers: seesTrackers,
    delegations: seesDelegations,
    events: seesTrackers,
    consumption: seesTrackers,
  },
  Tracker: seesTrackers,
  TrackerForecast: seesTrackers,
  TrackerAction: seesTrackers,
  Branch: seesTrackers,
  TrackerConnection: seesTrackers,
  TrackerEdge: seesTrackers,
  Delegation: { '*': seesDelegations, trackers: seesTrackers },
  DelegationAction: seesDelegations,
  DelegationConnection: seesDelegations,
  DelegationEdge: seesDelegations,
  Event: seesTrackers,
  EventConnection: seesTrackers,
  EventEdge: seesTrackers,
  Consumption: seesTrackers,

  InternalPartnershipEndedPayload: allow,
  TrackerCreatePayload: allow,
  TrackerCreateUserError: allow,
  TrackerDuplicatePayload: allow,
  TrackerDuplicateUserError: allow,
  TrackerBranchSetPayload: allow,
  TrackerBranchSetUserError: allow,
  TrackerRenamePayload: allow,
  TrackerRenameUserError: allow,
  TrackersActivatePayload: allow,
  TrackersDeactivatePayload: allow,
  TrackersSwitchUserError: allow,
  DelegationOfferPayload: allow,
  DelegationOfferUserError: allow,
  DelegationAcceptPayload: allow,
  DelegationAcceptUserError: allow,
  DelegationRefusePayload: allow,
  DelegationWithdrawPayload: allow,
  DelegationEndPayload: allow,
  DelegationStepUserError: allow,
  EventsRecordPayload: allow,
  EventsRecordUserError: allow,
  EventResult: allow,
  InternalTrackerPlace: service('identity'),
  PageInfo: allow,
  AreaGrant: allow,
  _Service: allow,
};
