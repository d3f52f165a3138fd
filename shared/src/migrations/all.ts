import { access } from './0001-access.ts';
import { trail } from './0002-trail.ts';
import { trailOfWholeAccounts } from './0003-trailOfWholeAccounts.ts';
import { accountZones } from './0004-accountZones.ts';
import { cancelledAccounts } from './0210-cancelledAccounts.ts';
import { closedLists } from './0340-closedLists.ts';
import { secondFactors } from './0350-secondFactors.ts';
import { functionsAskAdmits } from './0410-functionsAskAdmits.ts';

/**
 * In the order in which they run, which is that of their numbers, of the names of their files and of what is recorded.
 * A migration that has shipped is never edited.
 */
export const migrations = [
  access,
  trail,
  trailOfWholeAccounts,
  accountZones,
  cancelledAccounts,
  closedLists,
  secondFactors,
  functionsAskAdmits,
];
