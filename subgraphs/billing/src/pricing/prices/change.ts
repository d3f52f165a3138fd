import { lesser, share } from '../../books/money/money.ts';
import type { InvoiceLineDraft } from './invoiceLine.ts';
import { type Frequency, type Period, period } from './periods.ts';
import type { Price, PricePart } from './price.ts';
import { forDays } from './prorate.ts';
import { spanText } from './spanText.ts';

/** What was sold for money, as it stays until the next change, whatever the catalogue says by then. */
export type SoldTerms = {
  /** What the catalogue said when it was sold, per cycle and before discounts: the sum of `parts`. */
  list: bigint;
  parts: PricePart[];
  /** The reseller discount when it was sold. */
  resellerBasisPoints: number;
  /**
   * The most that the migration discount takes off the first cycle, before the reseller discount; 0 in every later one.
   */
  migrationDiscount: bigint;
  /**
   * The share of the list that it takes off at most, also after a change to something cheaper; 0 in every later cycle.
   */
  migrationBasisPoints: number;
  frequency: Frequency;
  /** The day from which all cycles are counted. */
  anchor: string;
  /** The cycle that is paid for. */
  period: Period;
};

/**
 * A change as A26 shows it, and what is sold by it. `listValue - migrationDiscount - resellerDiscount` is what the
 * cycle costs that is charged for.
 */
export type Change = {
  listValue: bigint;
  migrationDiscount: bigint;
  resellerDiscount: bigint;
  /** What every later cycle costs. */
  perCycle: bigint;
  /** What is due today, negative when money is freed: the sum of `lines`. */
  prorated: bigint;
  /** Empty when nothing is due. */
  lines: InvoiceLineDraft[];
  period: Period;
  anchor: string;
  /** What is sold from now on. */
  terms: SoldTerms;
};

/** What every cycle costs, the reseller discount taken off. */
export const perCycleOf = ({ list, resellerBasisPoints }: Pick<SoldTerms, 'list' | 'resellerBasisPoints'>): bigint =>
  list - share(list, resellerBasisPoints);

type Priced = Pick<SoldTerms, 'list' | 'resellerBasisPoints' | 'migrationDiscount' | 'migrationBasisPoints'>;

/** What the cycle that is paid for costs: as `perCycleOf`, less the migration discount in the first one. */
export const cyclePriceOf = (terms: Priced): bigint => {
  const { migration, reseller } = discountsOf(terms);
  return terms.list - migration - reseller;
};

/**
 * What each discount takes off the cycle. The reseller discount is taken of what the migration discount leaves, so
 * nothing costs less than 0.
 */
function discountsOf({ list, resellerBasisPoints, migrationDiscount, migrationBasisPoints }: Priced): {
  migration: bigint;
  reseller: bigint;
} {
  // Something dearer has the amount of the first charge. Something cheaper has its own share: bought dear and changed
  // at once, it would be had for nothing. The amount is there again after a change back.
  const migration = lesser(migrationDiscount, share(list, migrationBasisPoints));
  return { migration, reseller: share(list - migration, resellerBasisPoints) };
}

/**
 * What it costs, or frees, to have `price` from `day` on (A26). Without `current` (nothing was paid for so far) a first
 * cycle begins on that day, and the migration discount applies. With it, the rest of the running cycle is given back as
 * it was charged and the same days are charged anew; another frequency begins a new cycle on that day instead. In its
 * first cycle a subscription keeps the amount that the migration discount took off. Throws a RangeError on a day
 * outside of the paid cycle: it is renewed first.
 */
export function changeOf({
  current,
  price: { list, parts },
  frequency,
  resellerBasisPoints,
  migrationBasisPoints,
  day,
}: {
  current: SoldTerms | null;
  price: Price;
  frequency: Frequency;
  resellerBasisPoints: number;
  /** 0 when there is none. */
  migrationBasisPoints: number;
  day: string;
}): Change {
  const goesOn = current !== null && current.frequency === frequency;
  const anchor = goesOn ? current.anchor : day;
  const terms: SoldTerms = {
    list,
    parts,
    resellerBasisPoints,
    ...(goesOn ? migrationOf(current) : current === null ? firstMigration(list, migrationBasisPoints) : NO_MIGRATION),
    frequency,
    anchor,
    period: goesOn ? current.period : period(anchor, frequency, 0),
  };
  if (current !== null && (day < current.period.from || day >= current.period.to)) {
    throw new RangeError(`${day} is not within the cycle from ${current.period.from} until ${current.period.to}.`);
  }
  const lines = [...(current === null ? [] : unusedLines(current, day)), ...cycleLines(terms, day)];
  const prorated = lines.reduce((sum, { amount }) => sum + amount, 0n);
  const { migration, reseller } = discountsOf(terms);
  return {
    listValue: list,
    migrationDiscount: migration,
    resellerDiscount: reseller,
    perCycle: perCycleOf(terms),
    prorated,
    lines: prorated === 0n ? [] : lines,
    period: terms.period,
    anchor,
    terms,
  };
}

type Migration = Pick<SoldTerms, 'migrationDiscount' | 'migrationBasisPoints'>;
const NO_MIGRATION: Migration = { migrationDiscount: 0n, migrationBasisPoints: 0 };
const firstMigration = (list: bigint, migrationBasisPoints: number): Migration => ({
  migrationDiscount: share(list, migrationBasisPoints),
  migrationBasisPoints,
});
const migrationOf = ({ migrationDiscount, migrationBasisPoints }: Migration): Migration => ({
  migrationDiscount,
  migrationBasisPoints,
});

/** The next cycle of what was sold: at its sold price, without the migration discount. */
export function renewalOf(sold: SoldTerms): { terms: SoldTerms; amount: bigint; lines: InvoiceLineDraft[] } {
  const next = period(sold.anchor, sold.frequency, sold.period.index + 1);
  const terms: SoldTerms = { ...sold, ...NO_MIGRATION, period: next };
  return { terms, amount: cyclePriceOf(terms), lines: cycleLines(terms, next.from) };
}

/** What the rest of a paid cycle is worth from a day on: what was charged for it, less what the days before cost. */
export const unusedOf = (terms: SoldTerms, day: string): bigint =>
  forDays(cyclePriceOf(terms), terms.period, day, terms.period.to);

function unusedLines(terms: SoldTerms, day: string): InvoiceLineDraft[] {
  const plan = terms.parts.find(({ kind }) => kind === 'PLAN')?.description ?? 'Plan';
  return drafts(terms, day, [{ kind: 'UNUSED', description: `Unused: ${plan}`, amount: -unusedOf(terms, day) }]);
}

/**
 * Lines for the days of a cycle from `day` on. Each is the difference that its part makes to the rounded sum, so they
 * add up to it exactly.
 */
function cycleLines(terms: SoldTerms, day: string): InvoiceLineDraft[] {
  const { migration, reseller } = discountsOf(terms);
  const parts: Pick<InvoiceLineDraft, 'kind' | 'description' | 'amount'>[] = [
    ...terms.parts,
    { kind: 'DISCOUNT', description: 'Migration discount', amount: -migration },
    { kind: 'DISCOUNT', description: `Reseller discount, ${percent(terms.resellerBasisPoints)}`, amount: -reseller },
  ];
  let before = 0n;
  let charged = 0n;
  const shares = parts.map((part) => {
    before += part.amount;
    const until = forDays(before, terms.period, day, terms.period.to);
    const amount = until - charged;
    charged = until;
    return { ...part, amount };
  });
  return drafts(terms, day, shares);
}

const drafts = (
  { period: { to } }: SoldTerms,
  from: string,
  parts: readonly Pick<InvoiceLineDraft, 'kind' | 'description' | 'amount'>[],
): InvoiceLineDraft[] =>
  parts
    .filter(({ amount }) => amount !== 0n)
    .map(({ kind, description, amount }) => ({
      kind,
      description: `${description}, ${spanText(from, to)}`,
      quantity: 1,
      amount,
      from,
      to,
    }));

const percent = (basisPoints: number): string => `${basisPoints / 100} %`;
