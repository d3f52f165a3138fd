import { byId, byKey, listsByKey, manyByKey, pagesByKey } from '@comptoir/shared/database/loaders.ts';
import type { Context } from '@comptoir/shared/operations/context.ts';
import { loadAlerts } from './alerts/alertStore.ts';
import { loadPurchasePages, loadSpentThisMonth, loadTopUps } from './alerts/topUpStore.ts';
import { loadWalletUse } from './books/forecast/forecastStore.ts';
import { loadChargeCounts, loadChargePages, loadEntryPages } from './books/ledger/ledgerStore.ts';
import { loadBalancesAt } from './books/ledger/snapshots.ts';
import { loadMovedLotPages, loadMovementPages, movementKey } from './books/movements/movementStore.ts';
import { loadLotPages, loadLots, loadWallets, loadWalletsOf } from './books/wallets/walletStore.ts';
import { loadChargeLots, loadCharges } from './charges/chargeStore.ts';
import { loadKeyConsumption } from './charges/keyBudgetStore.ts';
import { invoiceLoaders } from './collecting/invoices/invoiceLoaders.ts';
import { loadDunnings } from './collecting/payments/dunningStore.ts';
import { loadInvoicePaymentPages, loadPaymentPages, loadPayments } from './collecting/payments/paymentStore.ts';
import { prepaidLoaders } from './collecting/prepaid/prepaidLoaders.ts';
import { loadProfilePages, loadProfiles } from './collecting/profiles/profileStore.ts';
import { commissionLoaders } from './commissions/commissionLoaders.ts';
import { loadPackPricePages, loadPlanPricePages, loadPlans } from './pricing/catalogue/catalogueStore.ts';
import { loadCreditPacks } from './pricing/catalogue/creditPackStore.ts';
import {
  loadMigrationDiscountPages,
  loadMigrationDiscounts,
  loadResellerDiscountPages,
  loadResellerDiscounts,
} from './pricing/discounts/discountStore.ts';
import { loadQuotePages, loadQuotes } from './selling/quotes/quoteStore.ts';
import { loadStandings } from './selling/subscriptions/actionStore.ts';
import { loadChangePages, loadSubscriptions, loadSubscriptionsOf } from './selling/subscriptions/subscriptionStore.ts';

export type Loaders = ReturnType<typeof makeLoaders>;
export type SubgraphContext = Context<Loaders>;

/** One loader per `@key` type and per list field: the number of statements does not depend on how many are asked. */
export function makeLoaders({ read, now }: Pick<Context<never>, 'read' | 'now'>) {
  return {
    wallet: byId(read, (tx, ids) => loadWallets(tx, ids, now)),
    walletsOf: manyByKey(
      read,
      (tx, accountIds) => loadWalletsOf(tx, accountIds, now),
      (wallet) => wallet.accountId,
    ),
    lot: byId(read, loadLots),
    lots: pagesByKey(read, loadLotPages, (lot) => lot.walletId),
    entries: pagesByKey(read, loadEntryPages, (entry) => entry.walletId),
    balanceAt: listsByKey(read, loadBalancesAt, ({ walletId }) => walletId),
    charges: pagesByKey(read, loadChargePages, ({ entryId }) => entryId),
    chargeLots: manyByKey(read, loadChargeLots, ({ eventId }) => eventId),
    chargeCount: byKey(read, loadChargeCounts, ({ entryId }) => entryId),
    charge: byKey(read, loadCharges, (charge) => charge.eventId),
    profile: byId(read, loadProfiles),
    profilesOf: pagesByKey(read, loadProfilePages, ({ accountId }) => accountId),
    payment: byId(read, loadPayments),
    payments: pagesByKey(read, loadPaymentPages, ({ profileId }) => profileId),
    dunning: byKey(read, loadDunnings, ({ invoiceId }) => invoiceId),
    attempts: pagesByKey(read, loadInvoicePaymentPages, ({ purposeId }) => purposeId),
    cataloguePlan: byId(read, (tx, ids) => loadPlans(tx, ids, now)),
    planPrices: pagesByKey(read, loadPlanPricePages, ({ ofId }) => ofId),
    creditPack: byId(read, (tx, ids) => loadCreditPacks(tx, ids, now)),
    packPrices: pagesByKey(read, loadPackPricePages, ({ ofId }) => ofId),
    resellerDiscount: byKey(read, loadResellerDiscounts, ({ accountId }) => accountId),
    resellerDiscounts: pagesByKey(read, loadResellerDiscountPages, ({ accountId }) => accountId),
    migrationDiscount: byId(read, loadMigrationDiscounts),
    migrationDiscounts: pagesByKey(read, loadMigrationDiscountPages, ({ accountId }) => accountId),
    ...commissionLoaders({ read, now }),
    ...invoiceLoaders({ read }),
    ...prepaidLoaders({ read }),
    movements: pagesByKey(read, loadMovementPages, ({ accountId }) => accountId),
    movedLots: pagesByKey(read, loadMovedLotPages, (lot) => movementKey(lot)),
    walletUse: byKey(
      read,
      (tx, ids) => loadWalletUse(tx, ids, now),
      ({ walletId }) => walletId,
    ),
    walletAlert: byKey(read, loadAlerts, ({ walletId }) => walletId),
    walletTopUp: byKey(read, loadTopUps, ({ walletId }) => walletId),
    spentThisMonth: byKey(
      read,
      (tx, ids) => loadSpentThisMonth(tx, ids, now),
      ({ walletId }) => walletId,
    ),
    topUpPurchases: pagesByKey(read, loadPurchasePages, ({ walletId }) => walletId),
    quote: byId(read, loadQuotes),
    quotes: pagesByKey(read, loadQuotePages, ({ accountId }) => accountId),
    subscription: byId(read, loadSubscriptions),
    subscriptionOf: byKey(read, loadSubscriptionsOf, ({ accountId }) => accountId),
    standing: byId(read, loadStandings),
    subscriptionChanges: pagesByKey(read, loadChangePages, ({ subscriptionId }) => subscriptionId),
    keyConsumption: byKey(read, loadKeyConsumption, ({ keyId }) => keyId),
  };
}
