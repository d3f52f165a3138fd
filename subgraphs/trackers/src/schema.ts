import type { SubgraphDefinition } from '@comptoir/shared/service/localSubgraph.ts';
import { GraphQLJSON } from 'graphql-scalars';
import { background } from './background.ts';
import { type Loaders, makeLoaders } from './context.ts';
import { delegationAccept } from './delegations/delegationAccept.ts';
import { delegationOffer } from './delegations/delegationOffer.ts';
import { AccountDelegations, Delegation, DelegationQuery } from './delegations/delegationResolvers.ts';
import { delegationEnd, delegationRefuse, delegationWithdraw } from './delegations/delegationSteps.ts';
import { internalPartnershipEnded } from './delegations/internalPartnershipEnded.ts';
import { AccountEvents, Consumption, Event, EventResult, TrackerEvents } from './events/eventResolvers.ts';
import { eventsRecord } from './events/eventsRecord.ts';
import { TrackerForecasts } from './events/trackerForecast.ts';
import { jobs } from './jobs.ts';
import { permissions } from './permissions.ts';
import { entities } from './tables.ts';
import { internalTrackerPlace } from './trackers/internalTrackerPlace.ts';
import { trackerBranchSet } from './trackers/trackerBranchSet.ts';
import { trackerCreate } from './trackers/trackerCreate.ts';
import { trackerDuplicate } from './trackers/trackerDuplicate.ts';
import { trackerRename } from './trackers/trackerRename.ts';
import { AccountTrackers, Tracker, TrackerQuery } from './trackers/trackerResolvers.ts';
import { trackersActivate, trackersDeactivate } from './trackers/trackerSwitches.ts';

export const trackers: SubgraphDefinition<Loaders> = {
  name: 'trackers',
  sdlFolder: new URL('.//', import.meta.url),
  resolvers: {
    JSON: GraphQLJSON,
    Query: { internalTrackerPlace, ...TrackerQuery, ...DelegationQuery },
    Mutation: {
      trackerCreate,
      trackerDuplicate,
      trackerBranchSet,
      trackerRename,
      trackersActivate,
      trackersDeactivate,
      delegationOffer,
      delegationAccept,
      delegationRefuse,
      delegationWithdraw,
      delegationEnd,
      eventsRecord,
      internalPartnershipEnded,
    },
    Account: { ...AccountTrackers, ...AccountDelegations, ...AccountEvents },
    Tracker: { ...Tracker, ...TrackerEvents, ...TrackerForecasts },
    Delegation,
    Event,
    EventResult,
    Consumption,
  },
  permissions,
  entities,
  makeLoaders,
  jobs,
  background,
};
