import type { Round } from '@comptoir/shared/concurrency/rounds.ts';
import { type EntityManager, LessThan } from 'typeorm';
import type { Lot } from '../lots/allocate.ts';
import { WalletHourTable } from '../wallets/creditTables.ts';
import { loadLotsWithCredit } from '../wallets/walletStore.ts';
import { FORECAST_DAYS } from './forecast.ts';

export type WalletUse = { walletId: string; consumed: bigint; firstCreditsAt: Date | null; lots: Lot[] };

/** What a forecast of each wallet needs. Adds up hours, at most 28 × 24 per wallet, however many events there were. */
export async function loadWalletUse(tx: EntityManager, walletIds: readonly string[], now: Date): Promise<WalletUse[]> {
  const rows: Omit<WalletUse, 'lots'>[] = await tx.query(
    `select wanted.id as "walletId",
            (select coalesce(sum(h.credits), 0)::bigint from wallet_hour h
             where h.wallet_id = wanted.id and h.hour >= $2::timestamptz - $3::integer * interval '24 hours') as consumed,
            (select lot.granted_at from lot where lot.wallet_id = wanted.id order by lot.granted_at, lot.id limit 1) as "firstCreditsAt"
     from unnest($1::uuid[]) as wanted (id)`,
    [walletIds, now, FORECAST_DAYS],
  );
  const lotsOf = Map.groupBy(await loadLotsWithCredit(tx, walletIds), ({ walletId }) => walletId);
  return rows.map((row) => ({ ...row, lots: lotsOf.get(row.walletId) ?? [] }));
}

/** Drops hours that no forecast looks at any more. Keeps a week longer, so that a clock set back finds them. */
export const oldHours: Round = {
  title: 'hours of consumption that no forecast looks at any more',
  async run({ system, clock }, requestId) {
    const oldest = new Date(clock.now().getTime() - (FORECAST_DAYS + 7) * 86_400_000);
    const { affected } = await system(requestId, (tx) => tx.delete(WalletHourTable, { hour: LessThan(oldest) }));
    return affected ?? 0;
  },
};
