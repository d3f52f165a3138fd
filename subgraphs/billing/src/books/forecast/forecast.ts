import { bySpendingOrder, isSpendable, type Lot } from '../lots/allocate.ts';

/** How far back consumption is looked at, in days. */
export const FORECAST_DAYS = 28;
/** Beyond this a forecast says nothing: ten years. */
const FURTHEST_DAYS = 3_650;
const DAY_MS = 86_400_000;

export type Forecast = {
  /** Average of the days that it is based on. */
  creditsPerDay: number;
  basedOnDays: number;
  /**
   * When the credits that are there now are used up at that pace; null when nothing is consumed, or not within ten
   * years.
   */
  runsOutAt: Date | null;
};

/**
 * How long credits last (N17): the consumption of the last 28 days goes on, or of the days since the wallet got its
 * first credits when those are fewer, at least one. Lots are spent in their order (P), and what expires before its turn
 * is lost. Null for a wallet that never had credits.
 */
export function forecast(
  wallet: { consumed: bigint; firstCreditsAt: Date | null; lots: readonly Lot[] },
  now: Date,
): Forecast | null {
  if (wallet.firstCreditsAt === null) return null;
  const age = Math.floor((now.getTime() - wallet.firstCreditsAt.getTime()) / DAY_MS);
  const basedOnDays = Math.min(Math.max(age, 1), FORECAST_DAYS);
  const creditsPerDay = Number(wallet.consumed) / basedOnDays;
  return { creditsPerDay, basedOnDays, runsOutAt: runsOutAt(wallet.lots, creditsPerDay, now) };
}

function runsOutAt(lots: readonly Lot[], creditsPerDay: number, now: Date): Date | null {
  if (creditsPerDay === 0) return null;
  let days = 0;
  for (const { remaining, expiresAt } of lots.filter((lot) => isSpendable(lot, now)).sort(bySpendingOrder)) {
    const usable = expiresAt === null ? Infinity : (expiresAt.getTime() - now.getTime()) / DAY_MS;
    if (usable <= days) continue;
    days = Math.min(days + Number(remaining) / creditsPerDay, usable);
  }
  return days > FURTHEST_DAYS ? null : new Date(now.getTime() + Math.floor(days * DAY_MS));
}
