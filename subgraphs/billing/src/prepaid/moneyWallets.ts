import { newId } from '@comptoir/shared/uuid.ts';
import type { EntityManager } from 'typeorm';
import { addWallet } from '../credits/walletStore.ts';
import { moneyKind } from '../ledger/kinds.ts';
import type { Leg } from '../ledger/post.ts';

/** Whose prepaid money: a billing profile's, kept for one account or free. `payerId` is the profile's account. */
export type MoneyWalletOf = { profileId: string; payerId: string; currency: string; earmarkId: string | null };

export type MoneyWallet = { id: string; earmarkId: string | null };

/**
 * Locks the prepaid wallets of a profile, in the order of their ids (see `lockWallets`): the free one, and those that are kept for the given accounts. A wallet that was never
 * paid into is not there.
 */
export async function lockMoneyWallets(
  tx: EntityManager,
  of: { profileId: string; currency: string; earmarkIds: readonly string[] },
): Promise<MoneyWallet[]> {
  return await tx.query(
    `select id, earmark_id as "earmarkId" from wallet
     where profile_id = $1 and kind = $2 and (earmark_id is null or earmark_id = any($3::uuid[]))
     order by id
     for no key update`,
    [of.profileId, moneyKind(of.currency), of.earmarkIds],
  );
}

/** Adds the wallet unless it is there; it is not locked yet. */
export async function addMoneyWallet(tx: EntityManager, of: MoneyWalletOf): Promise<void> {
  const { profileId, payerId, currency, earmarkId } = of;
  await addWallet(tx, { id: newId(), accountId: payerId, kind: moneyKind(currency), profileId, earmarkId });
}

/** The locked wallet, opened when there was none. */
export async function openMoneyWallet(tx: EntityManager, of: MoneyWalletOf): Promise<string> {
  await addMoneyWallet(tx, of);
  const { profileId, currency, earmarkId } = of;
  const wallets = await lockMoneyWallets(tx, {
    profileId,
    currency,
    earmarkIds: earmarkId === null ? [] : [earmarkId],
  });
  const wallet = wallets.find((found) => found.earmarkId === earmarkId);
  if (wallet === undefined) throw new Error('The wallet that was just opened is not there.');
  return wallet.id;
}

/** Puts money into a wallet, as a lot of its own. Paid money lasts: nothing expires. */
export function legIn(walletId: string, currency: string, amount: bigint): { lotId: string; leg: Leg } {
  const lotId = newId();
  const opens = { id: lotId, walletId, source: 'PURCHASED' as const, priority: 0, expiresAt: null };
  return { lotId, leg: { kind: moneyKind(currency), amount, opens } };
}
