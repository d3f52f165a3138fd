import type { SubgraphDefinition } from '@comptoir/shared/service/localSubgraph.ts';
import { TopUpPurchase, WalletAlert, WalletAlerts, WalletTopUp } from './alerts/alertResolvers.ts';
import { walletAlertRemove, walletAlertSet } from './alerts/walletAlertSet.ts';
import { walletTopUpSet, walletTopUpStop } from './alerts/walletTopUpSet.ts';
import { background } from './background.ts';
import { Tracker, WalletForecasts } from './books/forecast/forecastResolvers.ts';
import { ChargeEvent, Event } from './books/ledger/eventCharge.ts';
import { ChargePart, LedgerEntry, LedgerQuery } from './books/ledger/ledgerResolvers.ts';
import { Money } from './books/money/moneyResolvers.ts';
import { AccountMovements, CreditMovement } from './books/movements/movementResolvers.ts';
import { creditsGrant } from './books/wallets/creditsGrant.ts';
import { internalWalletPlace } from './books/wallets/internalWalletPlace.ts';
import { internalWalletsOpen } from './books/wallets/internalWalletsOpen.ts';
import { Account, Lot, Wallet, WalletQuery } from './books/wallets/walletResolvers.ts';
import { Charge, ChargeLot } from './charges/chargeResolvers.ts';
import { internalChargesApply } from './charges/internalChargesApply.ts';
import { ApiKey } from './charges/keyBudgetResolvers.ts';
import { billingProfileCardSet } from './collecting/cards/billingProfileCardSet.ts';
import { invoiceCredit } from './collecting/invoices/invoiceCredit.ts';
import { AccountInvoices, Invoice, InvoiceQuery } from './collecting/invoices/invoiceResolvers.ts';
import { AccountInvoiceTotals, InvoiceTotal } from './collecting/invoices/invoiceTotals.ts';
import { SellerQuery, sellerUpdate } from './collecting/invoices/sellerResolvers.ts';
import { paymentRefresh } from './collecting/payments/paymentRefresh.ts';
import { InvoiceCollection, InvoicePayments, Payment, PaymentQuery } from './collecting/payments/paymentResolvers.ts';
import { prepaidEarmark } from './collecting/prepaid/prepaidEarmark.ts';
import { Prepaid, PrepaidEarmark, PrepaidEntry, ProfilePrepaid } from './collecting/prepaid/prepaidResolvers.ts';
import { billingProfileCreate } from './collecting/profiles/billingProfileCreate.ts';
import { billingProfileDelete } from './collecting/profiles/billingProfileDelete.ts';
import { billingProfileTaxSet } from './collecting/profiles/billingProfileTaxSet.ts';
import { billingProfileUpdate } from './collecting/profiles/billingProfileUpdate.ts';
import { AccountProfiles, BillingProfile, ProfileQuery } from './collecting/profiles/profileResolvers.ts';
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
import type { BillingConfig, ComposedConfig } from './config.ts';
import { type Loaders, makeLoaders } from './context.ts';
import { jobs } from './jobs.ts';
import { paymentPurposes } from './paymentPurposes.ts';
import { permissions } from './permissions.ts';
import { catalogueLimitSet } from './pricing/catalogue/catalogueLimitSet.ts';
import { cataloguePlanRetire } from './pricing/catalogue/cataloguePlanRetire.ts';
import { cataloguePlanSet } from './pricing/catalogue/cataloguePlanSet.ts';
import { cataloguePriceSet } from './pricing/catalogue/cataloguePriceSet.ts';
import {
  CataloguePlan,
  CataloguePrice,
  CatalogueQuery,
  CatalogueSetPrice,
  CreditPack,
} from './pricing/catalogue/catalogueResolvers.ts';
import { creditPackAdd } from './pricing/catalogue/creditPackAdd.ts';
import { creditPackPriceSet } from './pricing/catalogue/creditPackPriceSet.ts';
import { creditPackRetire } from './pricing/catalogue/creditPackRetire.ts';
import { DiscountsOfAccount, MigrationDiscount, ResellerDiscount } from './pricing/discounts/discountResolvers.ts';
import { migrationDiscountGrant } from './pricing/discounts/migrationDiscountGrant.ts';
import { migrationDiscountWithdraw } from './pricing/discounts/migrationDiscountWithdraw.ts';
import { resellerDiscountSet } from './pricing/discounts/resellerDiscountSet.ts';
import { quoteKinds } from './quoteKinds.ts';
import { creditsAllocateQuote } from './selling/credits/creditsAllocateQuote.ts';
import { creditsBuyQuote } from './selling/credits/creditsBuyQuote.ts';
import { creditsTakeBack } from './selling/credits/creditsTakeBack.ts';
import { prepaidBuyQuote } from './selling/prepaid/prepaidBuyQuote.ts';
import { quoteCommit } from './selling/quotes/quoteCommit.ts';
import { AccountQuotes, Quote, QuoteAmounts, QuoteQuery } from './selling/quotes/quoteResolvers.ts';
import { billingProfileChoose } from './selling/subscriptions/billingProfileChoose.ts';
import { internalSubscriptionCancel } from './selling/subscriptions/internalSubscriptionCancel.ts';
import { subscriptionCancel } from './selling/subscriptions/subscriptionCancel.ts';
import { subscriptionChangeQuote } from './selling/subscriptions/subscriptionChangeQuote.ts';
import { subscriptionCreateQuote } from './selling/subscriptions/subscriptionCreateQuote.ts';
import { subscriptionDisable, subscriptionEnable } from './selling/subscriptions/subscriptionDisable.ts';
import { subscriptionRenewQuote } from './selling/subscriptions/subscriptionRenewQuote.ts';
import {
  AccountSubscription,
  PlanSubscription,
  SubscriptionChange,
  SubscriptionQuery,
} from './selling/subscriptions/subscriptionResolvers.ts';
import { entities } from './tables.ts';

/** The billing subgraph; `config` is what it is told from outside. */
export const billing = (config: BillingConfig): SubgraphDefinition<Loaders> =>
  composed({ ...config, quoteKinds, paymentPurposes });

const composed = (config: ComposedConfig): SubgraphDefinition<Loaders> => ({
  name: 'billing',
  sdlFolder: new URL('.//', import.meta.url),
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
      ...AccountMovements,
      ...DiscountsOfAccount,
      ...AccountProfiles,
      ...AccountInvoices,
      ...AccountInvoiceTotals,
      ...AccountCommissions,
      ...AccountQuotes,
      ...AccountSubscription,
    },
    Wallet: { ...Wallet, ...WalletForecasts, ...WalletAlerts },
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
  entities,
  makeLoaders,
  untrailed: [
    // The ledger holds every charge with its request id, sealed on its own; the call that caused it stands in the trail
    // of trackers.
    'internalChargesApply',
  ],
  jobs: jobs(config),
  background: background(config),
});
