import type { EntityManager } from 'typeorm';
import { insertOnce } from '../../base/insertOnce.ts';
import { dayOf } from '../../pricing/prices/periods.ts';
import { type Invoice, type Seller, SeriesTable } from './invoiceTables.ts';
import { findSeller } from './sellerStore.ts';

/** The series that an invoice of a day belongs to: `F2026` of invoices, `A2026` of credit notes. */
export const seriesOf = (kind: Invoice['kind'], day: string): string =>
  `${kind === 'INVOICE' ? 'F' : 'A'}${day.slice(0, 4)}`;

/**
 * Locks the series of today, by the seller's clock, until the commit: from here on no one else takes a number, and one
 * that is rolled back is taken by the next. Taken as late as may be, since all invoices wait for it. Returns the seller
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
  await insertOnce(tx, SeriesTable, { series, last: 0n });
  await tx.findOne(SeriesTable, { where: { series }, lock: { mode: 'for_no_key_update' } });
  return { series, issuedOn, seller };
}
