import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { MAX_MOVED } from '../books/lots/move.ts';
import { dayOf, startOf } from '../pricing/prices/periods.ts';

/** Whether a balance can be watched for falling below this; null when it can. */
export const refusesBelow = (below: number): Refusal<'BELOW_OUT_OF_BOUNDS'> | null =>
  below >= 1 && below <= MAX_MOVED
    ? null
    : new Refusal('BELOW_OUT_OF_BOUNDS', `Name 1 to ${MAX_MOVED} credits.`, ['input', 'below']);

/** The calendar month, `YYYY-MM`, that it is in a time zone. */
export const monthOf = (instant: Date, zone: string): string => dayOf(instant, zone).slice(0, 7);

/** When the calendar month ends that it is in a time zone. */
export const endOfMonth = (instant: Date, zone: string): Date =>
  startOf(
    Temporal.PlainDate.from(`${monthOf(instant, zone)}-01`)
      .add({ months: 1 })
      .toString(),
    zone,
  );

/** What a low wallet does: buys, or does not because the month's cap has no room for one more purchase. */
export const fitsUnderCap = ({ cap, spent, amount }: { cap: bigint; spent: bigint; amount: bigint }): boolean =>
  spent + amount <= cap;
