import { trackers } from './0001-trackers.ts';
import { events } from './0002-events.ts';
import { jobs } from './0003-jobs.ts';
import { branches } from './0010-branches.ts';
import { keyBudgets } from './0030-keyBudgets.ts';
import { orphanOffers } from './0060-orphanOffers.ts';
import { noneRecorded } from './0230-noneRecorded.ts';
import { payersAndIntakeWithinBranches } from './0290-payersAndIntakeWithinBranches.ts';
import { idempotencyKeys } from './0320-idempotencyKeys.ts';
import { trackerPlaces } from './0340-trackerPlaces.ts';
import { spansInARow } from './0390-spansInARow.ts';

/**
 * In the order in which they run, which is that of their numbers, of the names of their files and of what is recorded.
 * A migration that has shipped is never edited.
 */
export const migrations = [
  trackers,
  events,
  jobs,
  branches,
  keyBudgets,
  orphanOffers,
  noneRecorded,
  payersAndIntakeWithinBranches,
  idempotencyKeys,
  trackerPlaces,
  spansInARow,
];
