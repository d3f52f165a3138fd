import type { EntityManager } from 'typeorm';
import { LedgerEntryTable, LedgerTransactionTable } from '../ledger/ledgerTables.ts';
import { LotTable, WalletTable } from './creditTables.ts';
import type { Grant } from './grant.ts';

/** Books a grant into a wallet that the caller has locked, unless its reference was booked before. */
export async function bookGrantOnce(tx: EntityManager, { transaction, entries, lot }: Grant): Promise<void> {
  const { raw } = await tx
    .createQueryBuilder()
    .insert()
    .into(LedgerTransactionTable)
    .values(transaction)
    .orIgnore()
    .updateEntity(false)
    .returning('id')
    .execute();
  if (raw.length === 0) return;
  await tx.createQueryBuilder().insert().into(LotTable).values(lot).updateEntity(false).execute();
  await tx.createQueryBuilder().insert().into(LedgerEntryTable).values(entries).updateEntity(false).execute();
  await tx
    .createQueryBuilder()
    .update(WalletTable)
    .set({ balance: () => 'balance + :credits' })
    .where('id = :walletId', { walletId: lot.walletId })
    .setParameter('credits', lot.original.toString())
    .execute();
}
