import { ledger } from './0001-ledger.ts';
import { jobs } from './0002-jobs.ts';
import { keyBudgets } from './0030-keyBudgets.ts';
import { books } from './0100-books.ts';
import { queues101 } from './0101-queues101.ts';
import { catalogue } from './0110-catalogue.ts';
import { startingCatalogue } from './0111-startingCatalogue.ts';
import { billingProfiles } from './0120-billingProfiles.ts';
import { payments } from './0121-payments.ts';
import { queues122 } from './0122-queues122.ts';
import { invoices } from './0130-invoices.ts';
import { quotes } from './0140-quotes.ts';
import { subscriptions } from './0141-subscriptions.ts';
import { credits } from './0150-credits.ts';
import { sealedLedger } from './0160-sealedLedger.ts';
import { balancesThen } from './0161-balancesThen.ts';
import { commissions } from './0170-commissions.ts';
import { subscriptionActions } from './0220-subscriptionActions.ts';
import { creditNoteParts } from './0221-creditNoteParts.ts';
import { taxFromPrepaid } from './0222-taxFromPrepaid.ts';
import { keySpending } from './0223-keySpending.ts';
import { wholeAccount } from './0290-wholeAccount.ts';
import { idempotencyKeysOfRequests } from './0320-idempotencyKeysOfRequests.ts';
import { walletsOpened } from './0340-walletsOpened.ts';
import { arrival } from './0390-arrival.ts';

/**
 * In the order in which they run, which is that of their numbers, of the names of their files and of what is recorded.
 * A migration that has shipped is never edited.
 */
export const migrations = [
  ledger,
  jobs,
  keyBudgets,
  books,
  queues101,
  catalogue,
  startingCatalogue,
  billingProfiles,
  payments,
  queues122,
  invoices,
  quotes,
  subscriptions,
  credits,
  sealedLedger,
  balancesThen,
  commissions,
  subscriptionActions,
  creditNoteParts,
  taxFromPrepaid,
  keySpending,
  wholeAccount,
  idempotencyKeysOfRequests,
  walletsOpened,
  arrival,
];
