import { identity } from './0001-identity.ts';
import { jobs } from './0002-jobs.ts';
import { people } from './0010-people.ts';
import { gettingIn } from './0020-gettingIn.ts';
import { lessToDelete } from './0021-lessToDelete.ts';
import { keys } from './0030-keys.ts';
import { history } from './0031-history.ts';
import { referral } from './0190-referral.ts';
import { endedByCancellation } from './0210-endedByCancellation.ts';
import { sweeps } from './0211-sweeps.ts';
import { whoLeft } from './0212-whoLeft.ts';
import { endsWithItsSession } from './0213-endsWithItsSession.ts';
import { wholeAccount } from './0290-wholeAccount.ts';
import { voids } from './0300-voids.ts';
import { idempotencyKeys } from './0320-idempotencyKeys.ts';
import { keyOwners } from './0321-keyOwners.ts';
import { secondFactorHistory } from './0322-secondFactorHistory.ts';
import { everyTable } from './0340-everyTable.ts';
import { cardHistory } from './0341-cardHistory.ts';
import { roles } from './0380-roles.ts';
import { newestInvitation } from './0390-newestInvitation.ts';
import { completeCards } from './0391-completeCards.ts';
import { knownSecrets } from './0400-knownSecrets.ts';

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
