import type { EntityManager } from 'typeorm';
import { dayOf } from '../../pricing/prices/periods.ts';
import type { Invoice, Seller } from './invoiceTables.ts';
import { findSeller } from './sellerStore.ts';

/** The series that an invoice of a day belongs to: `F2026` of invoices, `A2026` of credit notes. */
export const seriesOf = (kind: Invoice['kind'], day: string): string =>
  `${kind === 'INVOICE' ? 'F' : 'A'}${day.slice(0, 4)}`;

/**
 * Locks the series of today, by the seller's clock, until the commit: from here on nobody else takes a number, and one
 * that is rolled back is taken by the next. Taken as late as may be, since all invoices wait for it. Gives the seller
 * too, as it is to stand on the invoice.
 */
export async function lockSeries(
  tx: EntityManager,
  kind: Invoice['kind'],
  now: Date,
): Promise<{ series: string; issuedOn: string; seller: Seller }> {
  const seller = await findSeller(tx);
  const issuedOn = dayOf(now, seller.timeZone);
  const series = seriesOf(kind, issuedOn);
  await tx.query('insert into invoice_series (series, last) values ($1, 0) on conflict do nothing', [series]);
  await tx.query('select from invoice_series where series = $1 for no key update', [series]);
  return { series, issuedOn, seller };
}
