import { branches } from './10-branches.ts';
import { orphanOffers } from './60-orphanOffers.ts';
import { noneRecorded } from './230-noneRecorded.ts';
import { payersAndIntakeWithinBranches } from './290-withinBranches.ts';
import { idempotencyKeys } from './320-idempotencyKeys.ts';
import { trackerPlaces } from './340-trackerPlaces.ts';
import { spansInARow } from './390-spansInARow.ts';
import { trackers } from './0001-trackers.ts';
import { events } from './0002-events.ts';
import { jobs } from './0003-jobs.ts';
import { keyBudgets } from './0030-keyBudgets.ts';

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
