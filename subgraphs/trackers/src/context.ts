import { byId, byKey, listsByKey, pagesByKey } from '@comptoir/shared/database/loaders.ts';
import type { Context } from '@comptoir/shared/operations/context.ts';
import {
  loadDelegationPages,
  loadDelegations,
  loadLinkedPairs,
  loadListedTrackers,
  loadOpenDelegations,
  loadTrackerCounts,
} from './delegations/delegationStore.ts';
import {
  loadAccountConsumption,
  loadAccountEvents,
  loadEvents,
  loadLastEvents,
  loadTrackerConsumption,
  loadTrackerEvents,
} from './events/eventStore.ts';
import {
  loadFleetPages,
  loadPayers,
  loadTrackerPages,
  loadTrackers,
  loadWritableAccounts,
} from './trackers/trackerStore.ts';

export type Loaders = ReturnType<typeof makeLoaders>;
export type SubgraphContext = Context<Loaders>;

/** One loader per `@key` type and per list field: the number of statements does not depend on how many are asked. */
export function makeLoaders({ read, now }: Pick<Context<never>, 'read' | 'now'>) {
  return {
    tracker: byId(read, loadTrackers),
    trackers: pagesByKey(read, loadTrackerPages, (row) => row.accountId),
    fleet: pagesByKey(read, loadFleetPages, (row) => row.payerId),
    payer: byKey(
      read,
      (tx, ids) => loadPayers(tx, ids, now),
      (row) => row.trackerId,
    ),
    writable: byId(read, loadWritableAccounts),

    delegation: byId(read, loadDelegations),
    delegations: pagesByKey(read, loadDelegationPages, (row) => row.side),
    openDelegation: byKey(read, loadOpenDelegations, (row) => row.trackerId),
    listedTrackers: pagesByKey(read, loadListedTrackers, (row) => row.delegationId),
    trackerCount: byKey(read, loadTrackerCounts, (row) => row.delegationId),
    linked: byKey(
      read,
      (tx, pairs) => loadLinkedPairs(tx, pairs, now),
      (row) => row.pair,
    ),

    event: byId(read, loadEvents),
    lastEvent: byKey(read, loadLastEvents, (row) => row.trackerId),
    trackerEvents: pagesByKey(read, loadTrackerEvents, (row) => row.trackerId),
    accountEvents: pagesByKey(read, loadAccountEvents, (row) => row.side),
    trackerConsumption: listsByKey(read, loadTrackerConsumption, (row) => row.key),
    accountConsumption: listsByKey(read, loadAccountConsumption, (row) => row.key),
  };
}
