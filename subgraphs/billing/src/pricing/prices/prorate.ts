import { roundHalfUp } from '../../books/money/money.ts';
import { daysBetween } from './periods.ts';

/** What the first `days` of a cycle of `of` days cost, rounded half up. */
export function cumulative(price: bigint, days: number, of: number): bigint {
  if (days < 0 || days > of) throw new RangeError(`${days} days are not within a cycle of ${of}.`);
  return roundHalfUp(price * BigInt(days), BigInt(of));
}

/**
 * What the days from `from` until before `to` cost, as the difference of what everything before them costs. So a cycle
 * costs the same however it is split. Throws a RangeError on days outside of the cycle.
 */
export function forDays(price: bigint, cycle: { from: string; to: string }, from: string, to: string): bigint {
  const length = daysBetween(cycle.from, cycle.to);
  return (
    cumulative(price, daysBetween(cycle.from, to), length) - cumulative(price, daysBetween(cycle.from, from), length)
  );
}
