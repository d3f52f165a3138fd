import type { Round } from '@comptoir/shared/concurrency/rounds.ts';
import { columnsOf } from '@comptoir/shared/database/columns.ts';
import type { EntityManager } from 'typeorm';
import type { CreditKind } from '../ledger/kinds.ts';
import { type Leg, legsOut, post } from '../ledger/post.ts';
import { WalletTable } from '../wallets/creditTables.ts';
import { loadLotsWithCredit, lockWalletsById } from '../wallets/walletStore.ts';

/**
 * Wallets of one round, and lots of each; what is left comes with the next one. A transaction of any number of lots
 * would run into its time limit and never be done.
 */
const MAX_WALLETS = 500;
const MAX_LOTS = 1_000;

/**
 * Books what expired lots have left as expired. Nothing depends on when it runs: an expired lot is unspendable from the
 * very instant, and a wallet never shows it as spendable; only the books say later where the credits went.
 */
export const expireCredits: Round = {
  title: 'wallets whose expired credits were booked',
  async run({ system, clock, log }, requestId) {
    const now = clock.now();
    const wallets: ExpiringWallet[] = await system(requestId, (tx) => tx.query(EXPIRED, [now, MAX_WALLETS]));
    let done = 0;
    for (const wallet of wallets) {
      try {
        done += await system(requestId, (tx) => expireWallet(tx, wallet, now));
      } catch (error) {
        log.warn(
          { err: error, walletId: wallet.id, requestId },
          'expired credits were not booked; it will be tried again',
        );
      }
    }
    return done;
  },
};

type ExpiringWallet = { id: string; accountId: string; kind: CreditKind };

const EXPIRED = `
  select ${columnsOf(WalletTable, 'wallet', ['id', 'accountId', 'kind'])}
  from (select distinct wallet_id from lot where expires_at <= $1 and remaining > 0 limit $2) as expired
  join wallet on wallet.id = expired.wallet_id
  where not starts_with(wallet.kind, 'MONEY:')
  order by wallet.id`;

/**
 * Returns 1 when there was something to book. Two at once book it once: the second finds nothing left under the lock.
 */
async function expireWallet(tx: EntityManager, { id, accountId, kind }: ExpiringWallet, now: Date): Promise<number> {
  await lockWalletsById(tx, [id]);
  const lots = await loadLotsWithCredit(tx, [id]);
  const parts = lots
    .filter(({ expiresAt }) => expiresAt !== null && expiresAt.getTime() <= now.getTime())
    .slice(0, MAX_LOTS)
    .map((lot) => ({ lotId: lot.id, credits: lot.remaining }));
  if (parts.length === 0) return 0;
  const credits = parts.reduce((sum, part) => sum + part.credits, 0n);
  const book: Leg = { kind, amount: credits, book: `expired:${kind}` };
  await post(tx, { type: 'EXPIRE', cause: { accountId }, legs: [...legsOut(kind, id, parts), book] }, now);
  return 1;
}
