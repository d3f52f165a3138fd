import type { EntityManager } from 'typeorm';
import { type Seller, SellerTable } from './invoiceTables.ts';

const THE_ONE = { onlyOne: true };

/** The one seller of this installation. */
export async function findSeller(tx: EntityManager): Promise<Seller> {
  const row = await tx.findOneBy(SellerTable, THE_ONE);
  if (row === null) throw new Error('There is no seller.');
  // An invoice keeps a copy of the seller, and of nothing else. TypeORM reads a key in any case.
  const { onlyOne: _key, ...seller } = row;
  return seller;
}

/** From here on it stands on invoices like this; those that were issued stay as they are. */
export async function changeSeller(tx: EntityManager, seller: Seller): Promise<void> {
  const { legalName, addressLines, country, vatId, note, timeZone } = seller;
  await tx.update(SellerTable, THE_ONE, { legalName, addressLines, country, vatId, note, timeZone });
}
