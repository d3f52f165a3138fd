import type { RunOutcome } from './runDay.ts';
import type { Tally } from './sendDay.ts';

export const count = (number: number): string => number.toLocaleString('en');

/** Rows of cells in columns, numbers to the right. */
function table(rows: (string | number)[][]): string {
  const texts = rows.map((cells) => cells.map((cell) => (typeof cell === 'number' ? count(cell) : cell)));
  const widths = (texts[0] ?? []).map((_cell, column) => Math.max(...texts.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: string[], at: number): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] as number;
        return typeof rows[at]?.[column] === 'number' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('   ')
      .trimEnd();
  return texts.map((cells, at) => `  ${line(cells, at)}`).join('\n');
}

/** What was accepted, what was refused and why. */
export function outcomeTable({ sent, accepted, replayed, refused }: Tally): string {
  return table([
    ['ACCEPTED', accepted, 'Stored and charged now.'],
    ['REPLAYED', replayed, 'Stored and charged before: a duplicate, or this day was sent already. Costs nothing.'],
    ...[...refused]
      .sort(([, one], [, other]) => other.events - one.events)
      .map(([code, { events, message }]) => [`REFUSED ${code}`, events, message]),
    ['sent', sent, ''],
  ]);
}

/** Who paid how much, most first. */
export function payerTable(paid: RunOutcome['paid']): string {
  const rows = [...paid].sort((one, other) => other.credits - one.credits || one.name.localeCompare(other.name));
  return table([
    ...rows.map(({ name, credits, balance }) => [
      name,
      credits,
      'credits paid',
      balance ?? '?',
      balance === 1 ? 'credit left' : 'credits left',
    ]),
    ['together', rows.reduce((sum, { credits }) => sum + credits, 0), 'credits paid', '', ''],
  ]);
}

/** One sentence when all agree; otherwise what does not. */
export function verdictText({ verdict }: RunOutcome): string {
  const { agrees, accepted, rows, credits, ledger, wallets, problems } = verdict;
  if (!agrees) {
    return [
      'Ledger and rows DO NOT AGREE:',
      ...problems.map((problem) => `  ${problem}`),
      'If somebody else recorded events or moved credits meanwhile, run it again when they are done.',
    ].join('\n');
  }
  const unsure =
    rows > accepted ? ` (and ${count(rows - accepted)} answered REPLAYED, whose first answer was lost)` : '';
  const held = wallets === null ? '' : ` = ${count(wallets)} fewer in the wallets`;
  return `Ledger and rows agree: ${count(accepted)} events accepted${unsure}, ${count(rows)} new rows = ${count(credits)} credits paid = ${count(ledger)} consumed in the ledger${held}; the ledger's check found nothing.`;
}
