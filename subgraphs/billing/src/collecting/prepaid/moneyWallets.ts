import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import { moneyKind } from '../../books/ledger/kinds.ts';
import type { Leg } from '../../books/ledger/post.ts';
import { WalletTable } from '../../books/wallets/creditTables.ts';
import { addWallet } from '../../books/wallets/walletStore.ts';

/** Whose prepaid money: a billing profile's, kept for one account or free. `payerId` is the profile's account. */
export type MoneyWalletOf = { profileId: string; payerId: string; currency: string; earmarkId: string | null };

export type MoneyWallet = { id: string; earmarkId: string | null };

/**
 * Locks the prepaid wallets of a profile, in the order of their ids (see `lockWallets`): the free one, and those that
 * are kept for the given accounts. A wallet that was never paid into is not there.
 */
export async function lockMoneyWallets(
  tx: EntityManager,
  of: { profileId: string; currency: string; earmarkIds: readonly string[] },
): Promise<MoneyWallet[]> {
  return await tx.query(
    `select ${columnsOf(WalletTable, 'w', ['id', 'earmarkId'])} from wallet w
     where w.profile_id = $1 and w.kind = $2 and (w.earmark_id is null or w.earmark_id = any($3::uuid[]))
     order by w.id
     for no key update`,
    [of.profileId, moneyKind(of.currency), of.earmarkIds],
  );
}

/** The locked wallet, opened when there was none; those of `others` are locked with it. */
export async function openMoneyWallet(
  tx: EntityManager,
  of: MoneyWalletOf & { others?: readonly string[] },
): Promise<string> {
  const { profileId, payerId, currency, earmarkId, others = [] } = of;
  const locked = { profileId, currency, earmarkIds: earmarkId === null ? others : [...others, earmarkId] };
  const find = async (): Promise<string | undefined> =>
    (await lockMoneyWallets(tx, locked)).find((found) => found.earmarkId === earmarkId)?.id;
  // What is there is locked before a wallet is added: anyone who committed a quote holds all that are there, and would
  // wait for the same new one while this waits for them.
  const known = await find();
  if (known !== undefined) return known;
  await addWallet(tx, { id: newId(), accountId: payerId, kind: moneyKind(currency), profileId, earmarkId });
  const opened = await find();
  if (opened === undefined) throw new Error('The wallet that was just opened is not there.');
  return opened;
}

/** Puts money into a wallet, as a lot of its own. Paid money lasts: nothing expires. */
export function legIn(walletId: string, currency: string, amount: bigint): { lotId: string; leg: Leg } {
  const lotId = newId();
  const opens = { id: lotId, walletId, source: 'PURCHASED' as const, priority: 0, expiresAt: null };
  return { lotId, leg: { kind: moneyKind(currency), amount, opens } };
}
