import { IdempotencyKeyTable } from '@comptoir/shared/operations/idempotencyTable.ts';
import { DelegationTable, DelegationTrackerTable, PayerSpanTable } from './delegations/delegationTables.ts';
import { EventTable } from './events/eventTables.ts';
import { IntakeTable } from './events/intakeTables.ts';
import { TrackerPlaceTable, TrackerTable } from './trackers/trackerTables.ts';

/** All tables of trackers. */
export const entities = [
  TrackerTable,
  TrackerPlaceTable,
  DelegationTable,
  DelegationTrackerTable,
  PayerSpanTable,
  EventTable,
  IntakeTable,
  IdempotencyKeyTable,
];
