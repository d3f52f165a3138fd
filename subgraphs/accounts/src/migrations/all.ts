import { branches } from './10-branches.ts';
import { cancellation } from './40-cancellation.ts';
import { cancelledAccounts } from './210-cancelledAccounts.ts';
import { wholeAccount } from './290-wholeAccount.ts';
import { idempotencyKeys } from './320-idempotencyKeys.ts';
import { secondFactors } from './321-secondFactors.ts';
import { noProviderAsClient } from './340-noProviderAsClient.ts';
import { partnerConversions } from './390-partnerConversions.ts';
import { accounts } from './0001-accounts.ts';
import { jobs } from './0002-jobs.ts';
import { keyAccounts } from './0030-keyAccounts.ts';
import { timeZones } from './0050-timeZones.ts';
import { queues51 } from './0051-queues51.ts';

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
