/** Credits that came into a wallet together, and what is left of them. */
export type Lot = {
  id: string;
  source: 'GRANTED' | 'PURCHASED';
  /** The smaller is spent first. */
  priority: number;
  grantedAt: Date;
  /** From this instant on it cannot be spent; null when it lasts. */
  expiresAt: Date | null;
  /**
   * Its place among all lots in the order in which they were booked, counted by the database: the id of a lot tells of
   * its own process only.
   */
  seq: bigint;
  remaining: bigint;
};

/** What one lot pays of a demand. */
export type Part = { lotId: string; credits: bigint };

/**
 * True when the lot can be spent: an expired one cannot, from the very instant, whether or not anything has swept it.
 */
export const isSpendable = (lot: Lot, now: Date): boolean =>
  lot.remaining > 0n && (lot.expiresAt === null || lot.expiresAt.getTime() > now.getTime());

/**
 * The order in which lots are spent: priority, soonest expiry (none last), granted before purchased, oldest; of one
 * instant, the one that was booked first.
 */
export function bySpendingOrder(a: Lot, b: Lot): number {
  if (a.priority !== b.priority) return a.priority - b.priority;
  const [aEnd, bEnd] = [a.expiresAt?.getTime() ?? Infinity, b.expiresAt?.getTime() ?? Infinity];
  if (aEnd !== bEnd) return aEnd - bEnd;
  if (a.source !== b.source) return a.source === 'GRANTED' ? -1 : 1;
  if (a.grantedAt.getTime() !== b.grantedAt.getTime()) return a.grantedAt.getTime() - b.grantedAt.getTime();
  return a.seq < b.seq ? -1 : 1;
}

/**
 * Opens a wallet's lots for spending, demand by demand. Each demand (at least 1) gets the lots that pay it, in their
 * order, or null when they hold less than it asks for; then nothing is taken, and a smaller demand may still pass.
 * Never lends: credit is prepaid.
 */
export function spender(lots: readonly Lot[], now: Date): (demand: bigint) => Part[] | null {
  const open = lots
    .filter((lot) => isSpendable(lot, now))
    .sort(bySpendingOrder)
    .map(({ id, remaining }) => ({ lotId: id, remaining }));
  let left = open.reduce((sum, { remaining }) => sum + remaining, 0n);
  let first = 0;

  return (demand) => {
    if (demand <= 0n) throw new RangeError(`${demand} cannot be spent: ask for at least 1.`);
    if (demand > left) return null;
    left -= demand;
    const parts: Part[] = [];
    for (let missing = demand; missing > 0n; ) {
      const lot = open[first] as (typeof open)[number];
      const suffices = lot.remaining >= missing;
      const credits = suffices ? missing : lot.remaining;
      parts.push({ lotId: lot.lotId, credits });
      lot.remaining -= credits;
      missing -= credits;
      if (lot.remaining === 0n) first += 1;
    }
    return parts;
  };
}

/** Spends a wallet's lots on demands, in the order of the demands; see `spender`. */
export function allocate(lots: readonly Lot[], demands: readonly bigint[], now: Date): (Part[] | null)[] {
  return demands.map(spender(lots, now));
}
