import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import { invoicePaid } from './invoicePaid.ts';
import { findInvoice } from './invoiceStore.ts';
import { type InvoicePaymentRow, type InvoiceRow, InvoiceStateTable } from './invoiceTables.ts';

/** An invoice with what was paid and taken back of it, locked. */
export type LockedInvoice = { invoice: InvoiceRow; paid: bigint; creditedNet: bigint };

/** Locks what is paid of an invoice until the commit. Throws on a credit note, which no one owes. */
export async function lockState(tx: EntityManager, invoiceId: string): Promise<LockedInvoice> {
  const state = await tx.findOne(InvoiceStateTable, { where: { invoiceId }, lock: { mode: 'for_no_key_update' } });
  if (state === null) throw new Error(`There is no invoice ${invoiceId}.`);
  const invoice = await findInvoice(tx, invoiceId);
  const { paid, creditedNet } = state;
  return { invoice, paid, creditedNet };
}

/**
 * Counts a part of a locked invoice as paid, which `transactionId` has booked. The last of it has what follows done
 * (`invoicePaid`).
 */
export async function countPaid(
  tx: EntityManager,
  { invoice, paid }: LockedInvoice,
  part: { source: InvoicePaymentRow['source']; sourceId: string; amount: bigint; transactionId: string; now: Date },
): Promise<void> {
  const { source, sourceId, amount, transactionId, now } = part;
  await tx.query(
    `with part as (
       insert into invoice_payment (id, invoice_id, source, source_id, amount, paid_at, transaction_id)
       values ($1, $2, $3, $4, $5, $6, $7)
     )
     update invoice_state set paid = paid + $5, paid_at = case when paid + $5 = gross then $6::timestamptz end where invoice_id = $2`,
    [newId(), invoice.id, source, sourceId, amount, now, transactionId],
  );
  if (paid + amount === invoice.gross) await invoicePaid(tx, invoice, now);
}

/** Counts what a credit note takes back of a locked invoice. */
export async function countCredited(
  tx: EntityManager,
  invoiceId: string,
  { net, tax }: { net: bigint; tax: bigint },
): Promise<void> {
  await tx.query(
    'update invoice_state set credited_net = credited_net + $2, credited_tax = credited_tax + $3 where invoice_id = $1',
    [invoiceId, net, tax],
  );
}
