import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { isLine } from '@comptoir/shared/values/text.ts';
import { isCurrency, isOffered, notOffered, parseMoney } from '../../books/money/money.ts';
import { isCode } from './plan.ts';

/** What the catalogue takes: the same bounds stand in its tables. */
export const MAX_TITLE_LENGTH = 60;
export const MAX_VALUE = 1_000_000_000;
export const MAX_OFFERED = 50;
export const MAX_LIMITS = 30;
export const MAX_ADD_ONS = 20;
/** Of one plan: parts × frequencies × currencies. */
export const MAX_PLAN_PRICES = 1_000;
/** Of one pack: its currencies. */
export const MAX_PACK_PRICES = 10;
/** In the smallest unit of the currency. */
export const MAX_PRICE = 100_000_000_000n;

/** The text as a title, trimmed; null when it is empty, too long, or has characters that cannot be shown. */
export function readTitle(text: string): string | null {
  const title = text.trim();
  return title.length >= 1 && title.length <= MAX_TITLE_LENGTH && isLine(title) ? title : null;
}

/** The add-ons of a plan, each once; null when one is not readable or there are too many. */
export const readAddOns = (addOns: readonly string[]): string[] | null =>
  addOns.length <= MAX_ADD_ONS && addOns.every(isCode) && new Set(addOns).size === addOns.length ? [...addOns] : null;

const isValue = (value: number): boolean => Number.isSafeInteger(value) && value >= 0 && value <= MAX_VALUE;

/** Whether the values of a limit make sense: within bounds, ascending, and something to choose. */
export function valuesMakeSense({
  included,
  offered,
  custom,
  step,
}: {
  included: number;
  offered: readonly number[];
  custom: { least: number; most: number } | null;
  step: number;
}): boolean {
  const ascending = offered.every((value, at) => at === 0 || value > (offered[at - 1] as number));
  const bounded = [included, step, ...offered, ...(custom === null ? [] : [custom.least, custom.most])].every(isValue);
  const chosen = custom === null ? offered.length > 0 : custom.least <= custom.most;
  return bounded && ascending && chosen && step >= 1 && offered.length <= MAX_OFFERED;
}

export type NewPrice = { currency: string; amount: bigint | null; effectiveFrom: Date };
export type NewPriceRefusal = Refusal<
  'CURRENCY_UNKNOWN' | 'CURRENCY_NOT_OFFERED' | 'AMOUNT_NOT_READABLE' | 'EFFECTIVE_TOO_EARLY'
>;

/**
 * A price as staff set it; without an amount it ends. What was sold until now was sold at the price until now, so none
 * is set for the past.
 */
export function readPrice(
  input: { currency: string; amount?: string | null; effectiveFrom?: Date | null },
  now: Date,
): NewPrice | NewPriceRefusal {
  const { currency } = input;
  if (!isCurrency(currency)) {
    return new Refusal('CURRENCY_UNKNOWN', 'Write the currency as in ISO 4217, for example EUR.', [
      'input',
      'currency',
    ]);
  }
  if (!isOffered(currency))
    return new Refusal('CURRENCY_NOT_OFFERED', notOffered(currency), ['input', 'currency'], 'A19');
  const money = input.amount == null ? null : parseMoney({ amount: input.amount, currency });
  if (input.amount != null && (money === null || money.minor < 0n || money.minor > MAX_PRICE)) {
    return new Refusal('AMOUNT_NOT_READABLE', 'That is no price in that currency.', ['input', 'amount']);
  }
  const effectiveFrom = input.effectiveFrom ?? now;
  if (effectiveFrom < now) {
    return new Refusal('EFFECTIVE_TOO_EARLY', 'A price holds from now or later.', ['input', 'effectiveFrom'], 'A19');
  }
  return { currency, amount: money?.minor ?? null, effectiveFrom };
}

export const basisPointsOutOfBounds = (
  basisPoints: number,
  least: number,
): Refusal<'BASIS_POINTS_OUT_OF_BOUNDS'> | null =>
  basisPoints >= least && basisPoints <= 10_000
    ? null
    : new Refusal('BASIS_POINTS_OUT_OF_BOUNDS', `A discount is ${least} to 10,000 hundredths of a percent.`, [
        'input',
        'basisPoints',
      ]);
