import { IdempotencyKeyTable } from '@comptoir/shared/operations/idempotencyTable.ts';
import { PurchaseTable, TopUpTable } from './alerts/topUpTables.ts';
import { LedgerEntryTable, LedgerTransactionTable } from './books/ledger/ledgerTables.ts';
import { LotTable, WalletTable } from './books/wallets/creditTables.ts';
import { ChargeTable } from './charges/chargeTables.ts';
import { InvoiceLineTable, InvoiceStateTable, InvoiceTable } from './collecting/invoices/invoiceTables.ts';
import { PaymentTable } from './collecting/payments/paymentTables.ts';
import { BillingProfileTable } from './collecting/profiles/profileTables.ts';
import {
  AttributionTable,
  CommissionBatchTable,
  CommissionLineTable,
  CommissionPayoutTable,
  CommissionStatementTable,
  PayoutAddressTable,
  ReferralTable,
} from './commissions/commissionTables.ts';
import { PackPriceTable, PackTable, PlanPriceTable, PlanTable } from './pricing/catalogue/catalogueTables.ts';
import { MigrationDiscountTable, ResellerDiscountTable } from './pricing/discounts/discountTables.ts';
import { QuoteTable } from './selling/quotes/quoteTables.ts';
import { SubscriptionChangeTable, SubscriptionTable } from './selling/subscriptions/subscriptionTables.ts';

/** The tables that TypeORM knows, floor by floor. */
export const entities = [
  WalletTable,
  LotTable,
  LedgerTransactionTable,
  LedgerEntryTable,
  PlanTable,
  PlanPriceTable,
  PackTable,
  PackPriceTable,
  ResellerDiscountTable,
  MigrationDiscountTable,
  CommissionLineTable,
  CommissionStatementTable,
  CommissionPayoutTable,
  CommissionBatchTable,
  ReferralTable,
  AttributionTable,
  PayoutAddressTable,
  BillingProfileTable,
  PaymentTable,
  InvoiceTable,
  InvoiceStateTable,
  InvoiceLineTable,
  QuoteTable,
  SubscriptionTable,
  SubscriptionChangeTable,
  ChargeTable,
  TopUpTable,
  PurchaseTable,
  IdempotencyKeyTable,
];
