import pg from 'pg';

/** PostgreSQL's number of the type `timestamp with time zone`. */
export const TIMESTAMPTZ = 1184;

const parseAny: (text: string) => Date | number | null = pg.types.getTypeParser(TIMESTAMPTZ, 'text');

/**
 * As PostgreSQL writes an instant to a session in UTC. Years before 100 are left to the library: `Date.UTC` takes them
 * for 1900 and later.
 */
const IN_UTC = /^(?!00)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?\+00$/;

/**
 * The instant that PostgreSQL's text names, to the millisecond; what is finer is cut off. The one form that our
 * sessions get is read digit by digit, a quarter of what the library's three regular expressions cost; every other form
 * (another time zone, `infinity`, BC) is read by the library.
 */
export function readInstant(text: string): Date | number | null {
  if (!IN_UTC.test(text)) return parseAny(text);
  const digit = (at: number): number => text.charCodeAt(at) - 48;
  const two = (at: number): number => digit(at) * 10 + digit(at + 1);
  // Between the seconds and `+00` stand the point and up to six digits.
  const decimals = text.length - 3;
  let ms = 0;
  if (decimals > 20) ms = digit(20) * 100;
  if (decimals > 21) ms += digit(21) * 10;
  if (decimals > 22) ms += digit(22);
  return new Date(Date.UTC(two(0) * 100 + two(2), two(5) - 1, two(8), two(11), two(14), two(17), ms));
}
