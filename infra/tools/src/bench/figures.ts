import { type Spread, spreadOf } from '../statistics/statistics.ts';

/** SPEED.md's columns: where the first release should stand, what needs work on executor and data path, and the aim. */
export type Targets = readonly [first: number, then: number, aim: number];

/**
 * One line of SPEED.md's table beside what was measured; null where nothing was, or where the table has no such line.
 */
export type Figure = {
  figure: string;
  measured: Spread | null;
  targets: Targets | null;
  /** The smaller the better; otherwise the larger. */
  atMost?: boolean;
  percent?: boolean;
  note?: string;
};

/** Rates, times and counts behind the ratios: they belong to the machine and the day. */
export type Detail = { what: string; value: Spread; unit: string };

export type Outcome = { figures: Figure[]; details: Detail[] };

export const exactly = (value: number): Spread => spreadOf([value]);

const COLUMNS = ['first', 'then', 'aim'] as const;

/**
 * How far a figure has come: the last of SPEED.md's columns that its median reaches, with a question mark where the
 * worst round reaches less. A check cannot cost less than nothing: such a figure is noise, and reaches nothing.
 */
export function reaches({ measured, targets, atMost = false, percent = false }: Figure): string {
  if (measured === null || targets === null) return '';
  if (percent && measured.median < 0) return 'noise';
  const columnOf = (value: number): string =>
    COLUMNS[targets.findLastIndex((target) => (atMost ? value <= target : value >= target))] ?? 'none';
  const reached = columnOf(measured.median);
  return columnOf(atMost ? measured.max : measured.min) === reached ? reached : `${reached}?`;
}

/** The one table of the bench. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const shown = (value: number | null): string => (value === null ? '' : show(value, figure.percent));
    const { measured } = figure;
    const range =
      measured === null || measured.min === measured.max ? '' : `${shown(measured.min)}-${shown(measured.max)}`;
    return [
      figure.figure,
      measured === null ? (figure.note ?? 'not measured') : shown(measured.median),
      range,
      ...(figure.targets ?? [null, null, null]).map(shown),
      reaches(figure),
    ];
  });
  return columns([['figure (medians of ratios)', 'measured', 'min-max', ...COLUMNS, 'reaches'], ...rows]);
}

export function detailsOf(details: readonly Detail[]): string {
  return columns(
    details.map(({ what, value, unit }) => [
      what,
      `${show(value.median)} ${unit}`,
      value.min === value.max ? '' : `${show(value.min)}-${show(value.max)}`,
    ]),
  );
}

function columns(rows: string[][]): string {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] as number) : cell.padStart(widths[at] as number))),
    )
    .map((cells) => `  ${cells.join('  ')}`.trimEnd())
    .join('\n');
}

function show(value: number, percent = false): string {
  if (percent) return `${Math.round(value * 100)} %`;
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
