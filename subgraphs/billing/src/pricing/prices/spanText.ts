const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/**
 * Days as they are read on an invoice, the last one included: "5 to 31 May 2027", "28 December 2026 to 27 January
 * 2027". `to` is the day after the last.
 */
export function spanText(from: string, to: string): string {
  const first = Temporal.PlainDate.from(from);
  const last = Temporal.PlainDate.from(to).subtract({ days: 1 });
  const end = `${last.day} ${MONTHS[last.month - 1]} ${last.year}`;
  if (first.equals(last)) return end;
  if (first.year !== last.year) return `${first.day} ${MONTHS[first.month - 1]} ${first.year} to ${end}`;
  if (first.month !== last.month) return `${first.day} ${MONTHS[first.month - 1]} to ${end}`;
  return `${first.day} to ${end}`;
}
