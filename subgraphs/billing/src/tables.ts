import { sealEntities } from '@comptoir/shared/audit/sealTables.ts';
import { IdempotencyKeyTable } from '@comptoir/shared/operations/idempotencyTable.ts';
import { WalletAlertTable } from './alerts/alertTables.ts';
import { PurchaseTable, TopUpTable } from './alerts/topUpTables.ts';
import {
  CreditMovementTable,
  LedgerEntryTable,
  LedgerTransactionTable,
  SnapshotDueTable,
  SnapshotProgressTable,
  SnapshotTable,
} from './books/ledger/ledgerTables.ts';
import { ExpiryNoticeTable, LotTable, WalletHourTable, WalletTable } from './books/wallets/creditTables.ts';
import { ChargeTable, FurtherLotTable, KeyConsumptionTable } from './charges/chargeTables.ts';
import {
  CreditNotePartTable,
  InvoiceLineTable,
  InvoicePaymentTable,
  InvoiceStateTable,
  InvoiceTable,
  SellerTable,
  SeriesTable,
} from './collecting/invoices/invoiceTables.ts';
import { DunningTable, PaymentTable } from './collecting/payments/paymentTables.ts';
import { HoldTable } from './collecting/prepaid/prepaidTables.ts';
import { BillingProfileTable } from './collecting/profiles/profileTables.ts';
import {
  AttributionTable,
  CommissionBatchTable,
  CommissionCreditNoteTable,
  CommissionCreditTable,
  CommissionLineTable,
  CommissionMinimumTable,
  CommissionPayoutTable,
  CommissionStatementTable,
  CommissionTermsTable,
  PayoutAddressTable,
  PayoutStatementTable,
  ReferralTable,
} from './commissions/commissionTables.ts';
import {
  LimitTable,
  PackPriceTable,
  PackTable,
  PlanPriceTable,
  PlanTable,
} from './pricing/catalogue/catalogueTables.ts';
import { MigrationDiscountTable, ResellerDiscountTable } from './pricing/discounts/discountTables.ts';
import { QuoteTable } from './selling/quotes/quoteTables.ts';
import { SubscriptionChangeTable, SubscriptionTable } from './selling/subscriptions/subscriptionTables.ts';

/** Every table of billing, floor by floor. */
export const entities = [
  WalletTable,
  LotTable,
  WalletHourTable,
  ExpiryNoticeTable,
  LedgerTransactionTable,
  ...sealEntities('ledger_transaction', { manifest: true }),
  LedgerEntryTable,
  CreditMovementTable,
  SnapshotTable,
  SnapshotDueTable,
  SnapshotProgressTable,
  PlanTable,
  LimitTable,
  PlanPriceTable,
  PackTable,
  PackPriceTable,
  ResellerDiscountTable,
  MigrationDiscountTable,
  CommissionLineTable,
  CommissionStatementTable,
  CommissionPayoutTable,
  PayoutStatementTable,
  CommissionBatchTable,
  CommissionTermsTable,
  CommissionMinimumTable,
  CommissionCreditNoteTable,
  CommissionCreditTable,
  ReferralTable,
  AttributionTable,
  PayoutAddressTable,
  BillingProfileTable,
  PaymentTable,
  DunningTable,
  SellerTable,
  SeriesTable,
  InvoiceTable,
  InvoiceStateTable,
  InvoiceLineTable,
  InvoicePaymentTable,
  CreditNotePartTable,
  HoldTable,
  QuoteTable,
  SubscriptionTable,
  SubscriptionChangeTable,
  ChargeTable,
  FurtherLotTable,
  KeyConsumptionTable,
  WalletAlertTable,
  TopUpTable,
  PurchaseTable,
  IdempotencyKeyTable,
];
