import { gettingIn } from './20-gettingIn.ts';
import { lessToDelete } from './21-lessToDelete.ts';
import { referral } from './190-referral.ts';
import { endedByCancellation } from './210-endedByCancellation.ts';
import { sweeps } from './211-sweeps.ts';
import { whoLeft } from './212-whoLeft.ts';
import { endsWithItsSession } from './213-endsWithItsSession.ts';
import { wholeAccount } from './290-wholeAccount.ts';
import { voids } from './300-voids.ts';
import { idempotencyKeys } from './320-idempotencyKeys.ts';
import { keyOwners } from './321-keyOwners.ts';
import { secondFactorHistory } from './322-secondFactorHistory.ts';
import { everyTable } from './340-everyTable.ts';
import { cardHistory } from './341-cardHistory.ts';
import { roles } from './380-roles.ts';
import { newestInvitation } from './390-newestInvitation.ts';
import { completeCards } from './391-completeCards.ts';
import { knownSecrets } from './400-knownSecrets.ts';
import { identity } from './0001-identity.ts';
import { jobs } from './0002-jobs.ts';
import { people } from './0010-people.ts';
import { keys } from './0030-keys.ts';
import { history } from './0031-history.ts';

/**
 * In the order in which they run, which is that of their numbers, of the names of their files and of what is recorded.
 * A migration that has shipped is never edited.
 */
export const migrations = [
  identity,
  jobs,
  people,
  gettingIn,
  lessToDelete,
  keys,
  history,
  referral,
  endedByCancellation,
  sweeps,
  whoLeft,
  endsWithItsSession,
  wholeAccount,
  voids,
  idempotencyKeys,
  keyOwners,
  secondFactorHistory,
  everyTable,
  cardHistory,
  roles,
  newestInvitation,
  completeCards,
  knownSecrets,
];
