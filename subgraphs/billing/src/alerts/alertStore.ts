import { columnsOf } from '@comptoir/shared/database/columns.ts';
import type { EntityManager } from 'typeorm';
import { mayKnow } from '../base/reach.ts';
import { type WalletAlert, WalletAlertTable } from './alertTables.ts';

/** The alerts of the account that the viewer acts for. */
export async function loadAlerts(tx: EntityManager, walletIds: readonly string[]): Promise<WalletAlert[]> {
  return await tx
    .createQueryBuilder(WalletAlertTable, 'a')
    .where('a.walletId = any(:walletIds) and a.accountId = (select access.viewer_account())', { walletIds })
    .getMany();
}

/**
 * Under the request's role: policies admit a wallet that it sees, and an alert of its own. False when the account sees
 * the wallet only as the provider's staff: what they watch, they look at.
 */
export async function setAlert(
  tx: EntityManager,
  { walletId, accountId, below, now }: { walletId: string; accountId: string; below: number; now: Date },
): Promise<boolean> {
  const rows: unknown[] = await tx.query(
    `insert into wallet_alert (wallet_id, account_id, below, armed)
     select w.id, $2::uuid, $3, true from wallet w where w.id = $1 and ${mayKnow('$2::uuid', 'w.account_id', '$4')}
     on conflict (wallet_id, account_id) do update set below = excluded.below, armed = true
     returning wallet_id`,
    [walletId, accountId, below, now],
  );
  return rows.length > 0;
}

export async function removeAlert(tx: EntityManager, walletId: string, accountId: string): Promise<void> {
  await tx.delete(WalletAlertTable, { walletId, accountId });
}

/** What a wallet can spend at `$1`; the sum of a handful of lots, found by the index of those with credit. */
export const SPENDABLE = (walletId: string): string =>
  `(select coalesce(sum(lot.remaining), 0)::bigint from lot
    where lot.wallet_id = ${walletId} and lot.remaining > 0 and (lot.expires_at is null or lot.expires_at > $1))`;

export type CrossedAlert = {
  walletId: string;
  accountId: string;
  ownerId: string;
  kind: string;
  armed: boolean;
  spendable: bigint;
};

/**
 * Turns the alerts whose balance has crossed their limit, either way; two at once turn each once. `armed` is what they
 * are now: false went off. One of an account whose partnership with the wallet's has ended stays as it is.
 */
export async function turnCrossedAlerts(tx: EntityManager, now: Date, most: number): Promise<CrossedAlert[]> {
  const [rows] = await tx.query(
    `with crossed as (
       select a.wallet_id, a.account_id, a.armed, w.account_id as owner_id, w.kind, s.spendable
       from wallet_alert a
       join wallet w on w.id = a.wallet_id
       cross join lateral (select ${SPENDABLE('a.wallet_id')} as spendable) s
       where a.armed = (s.spendable < a.below) and ${mayKnow('a.account_id', 'w.account_id', '$1')}
       limit $2
     )
     update wallet_alert a set armed = not a.armed, went_off_at = case when a.armed then $1 else a.went_off_at end
     from crossed c
     where a.wallet_id = c.wallet_id and a.account_id = c.account_id and a.armed = c.armed
     returning ${columnsOf(WalletAlertTable, 'a', ['walletId', 'accountId', 'armed'])}, c.owner_id as "ownerId", c.kind, c.spendable`,
    [now, most],
  );
  return rows;
}
