import type { SubgraphDefinition } from '@comptoir/shared/localSubgraph.ts';
import { background } from './background.ts';
import { Charge } from './charges/chargeResolvers.ts';
import { ChargeTable } from './charges/chargeTables.ts';
import { internalChargesApply } from './charges/internalChargesApply.ts';
import { ApiKey } from './charges/keyBudgetResolvers.ts';
import type { BillingConfig } from './config.ts';
import { type Loaders, makeLoaders } from './context.ts';
import { creditsGrant } from './credits/creditsGrant.ts';
import { LotTable, WalletTable } from './credits/creditTables.ts';
import { internalWalletPlace } from './credits/internalWalletPlace.ts';
import { internalWalletsOpen } from './credits/internalWalletsOpen.ts';
import { Account, Lot, Wallet, WalletQuery } from './credits/walletResolvers.ts';
import { jobs } from './jobs.ts';
import { LedgerEntry, LedgerQuery } from './ledger/ledgerResolvers.ts';
import { LedgerEntryTable, LedgerTransactionTable } from './ledger/ledgerTables.ts';
import { Money } from './money/moneyResolvers.ts';
import { permissions } from './permissions.ts';

/** The billing subgraph; `config` is what it is told from outside. */
export const billing = (config: BillingConfig): SubgraphDefinition<Loaders> => ({
  name: 'billing',
  sdlFolder: new URL('./', import.meta.url),
  resolvers: {
    Query: { internalWalletPlace, ...WalletQuery, ...LedgerQuery },
    Mutation: { creditsGrant, internalWalletsOpen, internalChargesApply },
    Account,
    Wallet,
    Lot,
    LedgerEntry,
    Charge,
    ApiKey,
    Money,
  },
  permissions,
  entities: [WalletTable, LotTable, LedgerTransactionTable, LedgerEntryTable, ChargeTable],
  makeLoaders,
  // The ledger holds every charge with its request id, sealed on its own; the call that caused it stands in the trail of trackers.
  untrailed: ['internalChargesApply'],
  jobs,
  background: background(config),
});
