import type { EntityManager } from 'typeorm';
import type { Seller } from './invoiceTables.ts';

/** The one seller of this installation. */
export async function findSeller(tx: EntityManager): Promise<Seller> {
  const [seller]: Seller[] = await tx.query(
    `select legal_name as "legalName", address_lines as "addressLines", country, vat_id as "vatId", note, time_zone as "timeZone" from seller`,
  );
  if (seller === undefined) throw new Error('There is no seller.');
  return seller;
}

/** From here on it stands on invoices like this; those that were issued stay as they are. */
export async function changeSeller(tx: EntityManager, seller: Seller): Promise<void> {
  await tx.query(
    'update seller set legal_name = $1, address_lines = $2, country = $3, vat_id = $4, note = $5, time_zone = $6',
    [seller.legalName, seller.addressLines, seller.country, seller.vatId, seller.note, seller.timeZone],
  );
}
