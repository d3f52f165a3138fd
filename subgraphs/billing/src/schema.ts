import type { SubgraphDefinition } from '@comptoir/shared/localSubgraph.ts';
import { TopUpPurchase, WalletAlert, WalletAlerts, WalletTopUp } from './alerts/alertResolvers.ts';
import { walletAlertRemove, walletAlertSet } from './alerts/walletAlertSet.ts';
import { walletTopUpSet, walletTopUpStop } from './alerts/walletTopUpSet.ts';
import { background } from './background.ts';
import { catalogueLimitSet } from './catalogue/catalogueLimitSet.ts';
import { cataloguePlanRetire } from './catalogue/cataloguePlanRetire.ts';
import { cataloguePlanSet } from './catalogue/cataloguePlanSet.ts';
import { cataloguePriceSet } from './catalogue/cataloguePriceSet.ts';
import {
  CataloguePlan,
  CataloguePrice,
  CatalogueQuery,
  CatalogueSetPrice,
  CreditPack,
  DiscountsOfAccount,
  MigrationDiscount,
  ResellerDiscount,
} from './catalogue/catalogueResolvers.ts';
import { creditPackAdd } from './catalogue/creditPackAdd.ts';
import { creditPackPriceSet } from './catalogue/creditPackPriceSet.ts';
import { creditPackRetire } from './catalogue/creditPackRetire.ts';
import { migrationDiscountGrant } from './catalogue/migrationDiscountGrant.ts';
import { migrationDiscountWithdraw } from './catalogue/migrationDiscountWithdraw.ts';
import { resellerDiscountSet } from './catalogue/resellerDiscountSet.ts';
import { Charge, ChargeLot } from './charges/chargeResolvers.ts';
import { ChargeTable } from './charges/chargeTables.ts';
import { internalChargesApply } from './charges/internalChargesApply.ts';
import { ApiKey } from './charges/keyBudgetResolvers.ts';
import { commissionMinimumSet } from './commissions/commissionMinimumSet.ts';
import { commissionPayoutCancel } from './commissions/commissionPayoutCancel.ts';
import { commissionPayoutConfirm } from './commissions/commissionPayoutConfirm.ts';
import { commissionPayoutExport } from './commissions/commissionPayoutExport.ts';
import {
  AccountCommissions,
  CommissionBatch,
  CommissionLine,
  CommissionPayout,
  CommissionQuery,
  CommissionStatement,
  Commissions,
  Referral,
  ReferredClient,
} from './commissions/commissionResolvers.ts';
import { commissionTermsSet } from './commissions/commissionTermsSet.ts';
import { internalReferralAttribute } from './commissions/internalReferralAttribute.ts';
import { payoutAddressSet } from './commissions/payoutAddressSet.ts';
import { referralCodeRenew } from './commissions/referralCodeRenew.ts';
import type { BillingConfig } from './config.ts';
import { type Loaders, makeLoaders } from './context.ts';
import { creditsGrant } from './credits/creditsGrant.ts';
import { creditsTakeBack } from './credits/creditsTakeBack.ts';
import { LotTable, WalletTable } from './credits/creditTables.ts';
import { internalWalletPlace } from './credits/internalWalletPlace.ts';
import { internalWalletsOpen } from './credits/internalWalletsOpen.ts';
import { CreditMovement } from './credits/movementResolvers.ts';
import { Tracker } from './credits/trackerRunOut.ts';
import { Account, Lot, Wallet, WalletQuery } from './credits/walletResolvers.ts';
import { invoiceCredit } from './invoices/invoiceCredit.ts';
import { AccountInvoices, Invoice, InvoiceQuery } from './invoices/invoiceResolvers.ts';
import { AccountInvoiceTotals, InvoiceTotal } from './invoices/invoiceTotals.ts';
import { SellerQuery, sellerUpdate } from './invoices/sellerResolvers.ts';
import { jobs } from './jobs.ts';
import { ChargeEvent, Event } from './ledger/eventCharge.ts';
import { ChargePart, LedgerEntry, LedgerQuery } from './ledger/ledgerResolvers.ts';
import { LedgerEntryTable, LedgerTransactionTable } from './ledger/ledgerTables.ts';
import { Money } from './money/moneyResolvers.ts';
import { paymentRefresh } from './payments/paymentRefresh.ts';
import { InvoiceCollection, InvoicePayments, Payment, PaymentQuery } from './payments/paymentResolvers.ts';
import { permissions } from './permissions.ts';
import { prepaidEarmark } from './prepaid/prepaidEarmark.ts';
import { Prepaid, PrepaidEarmark, PrepaidEntry, ProfilePrepaid } from './prepaid/prepaidResolvers.ts';
import { billingProfileCardSet } from './profiles/billingProfileCardSet.ts';
import { billingProfileCreate } from './profiles/billingProfileCreate.ts';
import { billingProfileDelete } from './profiles/billingProfileDelete.ts';
import { billingProfileTaxSet } from './profiles/billingProfileTaxSet.ts';
import { billingProfileUpdate } from './profiles/billingProfileUpdate.ts';
import { AccountProfiles, BillingProfile, ProfileQuery } from './profiles/profileResolvers.ts';
import { creditsAllocateQuote } from './quotes/creditsAllocateQuote.ts';
import { creditsBuyQuote } from './quotes/creditsBuyQuote.ts';
import { prepaidBuyQuote } from './quotes/prepaidBuyQuote.ts';
import { quoteCommit } from './quotes/quoteCommit.ts';
import { AccountQuotes, Quote, QuoteAmounts, QuoteQuery } from './quotes/quoteResolvers.ts';
import { billingProfileChoose } from './subscriptions/billingProfileChoose.ts';
import { internalSubscriptionCancel } from './subscriptions/internalSubscriptionCancel.ts';
import { subscriptionCancel } from './subscriptions/subscriptionCancel.ts';
import { subscriptionChangeQuote } from './subscriptions/subscriptionChangeQuote.ts';
import { subscriptionCreateQuote } from './subscriptions/subscriptionCreateQuote.ts';
import { subscriptionDisable, subscriptionEnable } from './subscriptions/subscriptionDisable.ts';
import { subscriptionRenewQuote } from './subscriptions/subscriptionRenewQuote.ts';
import {
  AccountSubscription,
  PlanSubscription,
  SubscriptionChange,
  SubscriptionQuery,
} from './subscriptions/subscriptionResolvers.ts';

/** The billing subgraph; `config` is what it is told from outside. */
export const billing = (config: BillingConfig): SubgraphDefinition<Loaders> => ({
  name: 'billing',
  sdlFolder: new URL('./', import.meta.url),
  resolvers: {
    Query: {
      internalWalletPlace,
      ...WalletQuery,
      ...LedgerQuery,
      ...ProfileQuery,
      ...PaymentQuery,
      ...InvoiceQuery,
      ...SellerQuery,
      ...CatalogueQuery,
      ...QuoteQuery,
      ...SubscriptionQuery,
      ...CommissionQuery,
    },
    Mutation: {
      creditsGrant: creditsGrant(config),
      creditsTakeBack,
      walletAlertSet,
      walletAlertRemove,
      walletTopUpSet,
      walletTopUpStop,
      cataloguePlanSet,
      cataloguePlanRetire,
      catalogueLimitSet,
      cataloguePriceSet,
      creditPackAdd,
      creditPackPriceSet,
      creditPackRetire,
      resellerDiscountSet,
      migrationDiscountGrant,
      migrationDiscountWithdraw,
      subscriptionCreateQuote: subscriptionCreateQuote(config),
      subscriptionChangeQuote: subscriptionChangeQuote(config),
      subscriptionRenewQuote: subscriptionRenewQuote(config),
      creditsBuyQuote: creditsBuyQuote(config),
      creditsAllocateQuote: creditsAllocateQuote(config),
      prepaidBuyQuote: prepaidBuyQuote(config),
      quoteCommit: quoteCommit(config),
      subscriptionCancel,
      subscriptionDisable,
      subscriptionEnable,
      billingProfileChoose,
      internalSubscriptionCancel,
      internalWalletsOpen,
      internalChargesApply,
      internalReferralAttribute,
      referralCodeRenew,
      payoutAddressSet,
      commissionTermsSet,
      commissionMinimumSet,
      commissionPayoutExport: commissionPayoutExport(config),
      commissionPayoutConfirm,
      commissionPayoutCancel,
      billingProfileCreate,
      billingProfileUpdate,
      billingProfileDelete,
      billingProfileCardSet: billingProfileCardSet(config),
      billingProfileTaxSet,
      paymentRefresh: paymentRefresh(config),
      prepaidEarmark,
      sellerUpdate,
      invoiceCredit,
    },
    Account: {
      ...Account,
      ...DiscountsOfAccount,
      ...AccountProfiles,
      ...AccountInvoices,
      ...AccountInvoiceTotals,
      ...AccountCommissions,
      ...AccountQuotes,
      ...AccountSubscription,
    },
    Wallet: { ...Wallet, ...WalletAlerts },
    WalletAlert,
    WalletTopUp,
    TopUpPurchase,
    CreditMovement,
    Tracker,
    Event,
    Lot,
    LedgerEntry,
    Charge: { ...Charge, ...ChargeEvent },
    ChargeLot,
    ChargePart,
    ApiKey,
    Money,
    Commissions,
    CommissionStatement,
    CommissionLine,
    CommissionPayout,
    CommissionBatch: CommissionBatch(config),
    Referral: Referral(config),
    ReferredClient,
    CataloguePlan,
    CataloguePrice,
    CatalogueSetPrice,
    CreditPack,
    ResellerDiscount,
    MigrationDiscount,
    Quote: Quote(config),
    QuoteAmounts,
    PlanSubscription,
    SubscriptionChange,
    BillingProfile: { ...BillingProfile, ...ProfilePrepaid },
    InvoiceTotal,
    Invoice: { ...Invoice, ...InvoicePayments },
    Prepaid,
    PrepaidEarmark,
    PrepaidEntry,
    Payment,
    InvoiceCollection,
  },
  permissions,
  entities: [WalletTable, LotTable, LedgerTransactionTable, LedgerEntryTable, ChargeTable],
  makeLoaders,
  untrailed: [
    // The ledger holds every charge with its request id, sealed on its own; the call that caused it stands in the trail of trackers.
    'internalChargesApply',
  ],
  jobs: jobs(config),
  background: background(config),
});
