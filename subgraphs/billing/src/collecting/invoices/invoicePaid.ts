import type { EntityManager } from 'typeorm';
import { earnCommission } from '../../commissions/earn.ts';
import type { InvoiceRow } from './invoiceTables.ts';

/**
 * What follows when an invoice is paid in full, in the transaction that paid the last of it. Called once per invoice
 * that asks for anything.
 */
export async function invoicePaid(tx: EntityManager, invoice: InvoiceRow, now: Date): Promise<void> {
  await earnCommission(tx, { invoice, now });
}
