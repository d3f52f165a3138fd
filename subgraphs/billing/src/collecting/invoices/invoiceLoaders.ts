import { byId, byKey, manyByKey, pagesByKey } from '@comptoir/shared/database/loaders.ts';
import type { Context } from '@comptoir/shared/operations/context.ts';
import { loadParts } from './creditNoteParts.ts';
import { filesLeft } from './filesLeft.ts';
import {
  loadCreditNotePages,
  loadInvoicePages,
  loadInvoices,
  loadLinePages,
  loadLines,
  loadPayments,
  loadStates,
} from './invoiceStore.ts';
import { loadInvoiceTotals } from './invoiceTotalStore.ts';

/** The loaders of this folder's types and lists. */
export const invoiceLoaders = ({ read }: Pick<Context<never>, 'read'>) => ({
  invoice: byId(read, loadInvoices),
  invoiceTotals: pagesByKey(read, loadInvoiceTotals, ({ payerId }) => payerId),
  invoices: pagesByKey(read, loadInvoicePages, ({ payerId }) => payerId),
  creditNotes: pagesByKey(read, loadCreditNotePages, ({ correctedId }) => correctedId),
  invoiceLines: pagesByKey(read, loadLinePages, ({ invoiceId }) => invoiceId),
  linesToPrint: manyByKey(read, loadLines, ({ invoiceId }) => invoiceId),
  invoiceState: byKey(read, loadStates, ({ invoiceId }) => invoiceId),
  invoicePayments: manyByKey(read, loadPayments, ({ invoiceId }) => invoiceId),
  creditNoteParts: manyByKey(read, loadParts, ({ creditNoteId }) => creditNoteId),
  files: filesLeft(),
});
