import { newId } from '@comptoir/shared/values/uuid.ts';
import { taxLinesOf } from '../collecting/invoices/creditNoteParts.ts';
import type { InvoiceLineRow, InvoiceRow } from '../collecting/invoices/invoiceTables.ts';
import type { PrintedInvoice } from '../collecting/invoices/pdf/invoicePdf.ts';

/** An invoice for tests, with that many lines. */
export function sampleInvoice(of: Partial<InvoiceRow> = {}, lines: Partial<InvoiceLineRow>[] = [{}]): PrintedInvoice {
  const invoice: InvoiceRow = {
    id: '01940000-0000-7000-8000-000000000001',
    kind: 'INVOICE',
    number: 'F2026-000042',
    payerId: newId(),
    profileId: newId(),
    accountId: newId(),
    currency: 'EUR',
    issuedAt: new Date('2026-11-22T10:00:00Z'),
    issuedOn: '2026-11-22',
    net: 123_456n,
    tax: 24_691n,
    gross: 148_147n,
    seller: {
      legalName: 'Comptoir SAS',
      addressLines: ['12 quai de la Fosse', '44000 Nantes'],
      country: 'FR',
      vatId: 'FR40123456789',
      note: 'SAS au capital de 10 000 € – RCS Nantes 123 456 789',
      timeZone: 'Europe/Paris',
    },
    buyer: {
      legalName: 'Agence Œuvre & Cie',
      addressLines: ['3 impasse des Lilas', '75011 Paris'],
      country: 'FR',
      vatId: 'FR12345678901',
    },
    taxBasisPoints: 2_000,
    correctsId: null,
    quoteId: null,
    subscriptionId: null,
    transactionId: null,
    ...of,
  };
  return {
    invoice,
    lines: lines.map((line, at) => ({
      id: newId(),
      invoiceId: invoice.id,
      position: at + 1,
      kind: 'PLAN',
      description: 'PLUS, 2,500 contacts, monthly, 5 May to 4 June 2027',
      quantity: 1,
      amount: 123_456n,
      from: '2027-05-05',
      to: '2027-06-05',
      ...line,
    })),
    paidWith: [],
    taxLines: taxLinesOf(invoice, []),
    corrects: [],
    accountName: null,
  };
}
