import { accounts } from './0001-accounts.ts';
import { jobs } from './0002-jobs.ts';
import { branches } from './0010-branches.ts';
import { keyAccounts } from './0030-keyAccounts.ts';
import { cancellation } from './0040-cancellation.ts';
import { timeZones } from './0050-timeZones.ts';
import { queues51 } from './0051-queues51.ts';
import { cancelledAccounts } from './0210-cancelledAccounts.ts';
import { wholeAccount } from './0290-wholeAccount.ts';
import { idempotencyKeys } from './0320-idempotencyKeys.ts';
import { secondFactors } from './0321-secondFactors.ts';
import { noProviderAsClient } from './0340-noProviderAsClient.ts';
import { partnerConversions } from './0390-partnerConversions.ts';

/**
 * In the order in which they run, which is that of their numbers, of the names of their files and of what is recorded.
 * A migration that has shipped is never edited.
 */
export const migrations = [
  accounts,
  jobs,
  branches,
  keyAccounts,
  cancellation,
  timeZones,
  queues51,
  cancelledAccounts,
  wholeAccount,
  idempotencyKeys,
  secondFactors,
  noProviderAsClient,
  partnerConversions,
];
