/** How often a plan is billed. */
export type Frequency = 'MONTHLY' | 'ANNUAL';

/**
 * A billing cycle, half-open: `to` is the first day of the next one. Days as `YYYY-MM-DD`; `index` counts from the
 * anchor, which begins cycle 0.
 */
export type Period = { index: number; from: string; to: string };

/** The day that it is in a time zone at an instant. Throws a RangeError on what is no zone. */
export const dayOf = (instant: Date, zone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(zone).toPlainDate().toString();

/**
 * The first instant of a day in a time zone: 0:00, or the first that exists on a day whose midnight the clocks jump
 * over.
 */
export const startOf = (day: string, zone: string): Date =>
  new Date(Temporal.PlainDate.from(day).toZonedDateTime(zone).epochMilliseconds);

/**
 * The first day of cycle `n`, always counted from the anchor, never from the cycle before: a day that a month lacks
 * falls on its last day and comes back in the next month that has it (A33, A34, A35).
 */
export function periodStart(anchor: string, frequency: Frequency, n: number): string {
  const span = frequency === 'MONTHLY' ? { months: n } : { years: n };
  return Temporal.PlainDate.from(anchor).add(span, { overflow: 'constrain' }).toString();
}

/** Cycle `n` of an anchor. */
export const period = (anchor: string, frequency: Frequency, n: number): Period => ({
  index: n,
  from: periodStart(anchor, frequency, n),
  to: periodStart(anchor, frequency, n + 1),
});

/** The cycle that a day lies in; its index is negative for a day before the anchor. */
export function periodOf(anchor: string, frequency: Frequency, day: string): Period {
  const [start, asked] = [Temporal.PlainDate.from(anchor), Temporal.PlainDate.from(day)];
  const months = (asked.year - start.year) * 12 + asked.month - start.month;
  // At most one too far: within the month, or the year, of the renewal the day may still come before it.
  const guess = frequency === 'MONTHLY' ? months : asked.year - start.year;
  return period(anchor, frequency, periodStart(anchor, frequency, guess) <= day ? guess : guess - 1);
}

/** Whole days from `a` to `b`; negative when `b` comes first. */
export const daysBetween = (a: string, b: string): number =>
  Temporal.PlainDate.from(a).until(Temporal.PlainDate.from(b), { largestUnit: 'days' }).days;
