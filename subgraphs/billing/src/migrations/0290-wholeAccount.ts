import { migration } from '@comptoir/shared/database/migration.ts';
import { wholeAccountPolicies } from '@comptoir/shared/database/rowScope.ts';

const TABLES = [
  'billing_profile',
  'charge',
  'charge_further_lot',
  'commission_batch',
  'commission_line',
  'commission_payout',
  'commission_payout_statement',
  'commission_statement',
  'commission_terms',
  'credit_movement',
  'credit_note_part',
  'invoice',
  'invoice_dunning',
  'invoice_line',
  'invoice_payment',
  'invoice_state',
  'key_consumption',
  'ledger_entry',
  'ledger_transaction',
  'lot',
  'migration_discount',
  'payment',
  'payout_address',
  'prepaid_hold',
  'quote',
  'referral_attribution',
  'referral_code',
  'reseller_discount',
  'subscription',
  'subscription_change',
  'wallet',
  'wallet_alert',
  'wallet_hour',
  'wallet_snapshot',
  'wallet_top_up',
  'wallet_top_up_purchase',
];

/**
 * Money, credits and plans belong to an account as a whole, never to one of its branches (G12). What is the same for
 * everybody, the catalogue and the seller, has no account.
 */
export const wholeAccount = migration(290, 'WholeAccount', wholeAccountPolicies(TABLES, 'comptoir_billing'));
