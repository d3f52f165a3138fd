/**
 * An amount of money: `minor` counts the smallest unit of its currency (cents of EUR, whole yen of JPY). The only
 * representation of money here.
 */
export type Money = { minor: bigint; currency: string };

/** The most that any amount may be, either way: beyond it a JSON number of minor units would not be exact. */
export const MAX_MINOR = 9_007_199_254_740_991n;

const KNOWN: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** True for an ISO 4217 code, in capitals. */
export const isCurrency = (code: string): boolean => KNOWN.has(code);

/**
 * How many decimals the currency has (ISO 4217): 2 for EUR, 0 for JPY, 3 for KWD. Throws a RangeError on what is no
 * currency.
 */
export function exponentOf(currency: string): number {
  if (!isCurrency(currency)) throw new RangeError(`${currency} is no currency.`);
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits as number;
}

/**
 * True for currencies that are sold in: a card cannot be charged the last decimal of those with three (KWD), so that no
 * tax or share in them could be paid exactly.
 */
export const isOffered = (currency: string): boolean => exponentOf(currency) <= 2;

/** Why not, to be read. */
export const notOffered = (currency: string): string =>
  `${currency} has ${exponentOf(currency)} decimals, and cards cannot be charged the last of them: choose a currency with two or none.`;

export const zero = (currency: string): Money => ({ minor: 0n, currency });

/** Throws a TypeError on amounts of two currencies: nothing converts. */
export function add(a: Money, b: Money): Money {
  if (a.currency !== b.currency) throw new TypeError(`${a.currency} and ${b.currency} cannot be added.`);
  return { minor: a.minor + b.minor, currency: a.currency };
}

/**
 * Reads a decimal such as `12.30` as money of that currency, exactly. Null when it is not a number, has more decimals
 * than the currency, or is beyond `MAX_MINOR`. The scalar has seen to the form.
 */
export function parseMoney({ amount, currency }: { amount: string; currency: string }): Money | null {
  if (!isCurrency(currency)) return null;
  const match = /^(-?)(\d{1,16})(?:\.(\d{1,8}))?$/.exec(amount);
  if (match === null) return null;
  const [, sign, whole = '', written = ''] = match;
  const exponent = exponentOf(currency);
  const decimals = written.replace(/0+$/, '');
  if (decimals.length > exponent) return null;
  const minor = BigInt(whole + decimals.padEnd(exponent, '0'));
  if (minor > MAX_MINOR) return null;
  return { minor: sign === '-' ? -minor : minor, currency };
}

/** The decimal of an amount, with all decimals of its currency: `12.30`. */
export function formatMinor({ minor, currency }: Money): string {
  const exponent = exponentOf(currency);
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, '0');
  const sign = minor < 0n ? '-' : '';
  return exponent === 0 ? sign + digits : `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** `numerator / denominator` rounded half up (away from zero at a half, either sign); the denominator is positive. */
export function roundHalfUp(numerator: bigint, denominator: bigint): bigint {
  if (denominator <= 0n) throw new RangeError('A denominator is positive.');
  const negative = numerator < 0n;
  const whole = ((negative ? -numerator : numerator) * 2n + denominator) / (denominator * 2n);
  return negative ? -whole : whole;
}

/** A share of an amount in basis points (1/100 of a percent), rounded half up. */
export const share = (minor: bigint, basisPoints: number): bigint => roundHalfUp(minor * BigInt(basisPoints), 10_000n);

/** The smaller of two amounts. */
export function lesser(a: bigint, b: bigint): bigint {
  const isFirst = a < b;
  return isFirst ? a : b;
}
