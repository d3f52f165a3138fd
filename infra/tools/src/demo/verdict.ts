import { type Books, paidBetween, spentBetween } from './books.ts';
import type { Tally } from './sendDay.ts';

/** The same number, told by four who do not know of each other; and what the ledger's own check found. */
export type Verdict = {
  agrees: boolean;
  /**
   * From the answers: at least `accepted` events are new, and at most so many. More than `accepted` only when calls had
   * to be repeated.
   */
  accepted: number;
  atMost: number;
  /** How many more event rows there are. */
  rows: number;
  /** What those rows say that they cost. */
  credits: number;
  /** How much more the ledger says was consumed. */
  ledger: number;
  /** How much less the wallets hold; null when one of them is out of sight. */
  wallets: number | null;
  problems: string[];
};

/**
 * Every event costs one credit, so all of them must be equal. Anything else that consumed credits meanwhile shows as a
 * difference.
 */
export function verdictOf(
  { accepted, unsure }: Pick<Tally, 'accepted' | 'unsure'>,
  before: Books,
  after: Books,
): Verdict {
  const paid = paidBetween(before, after);
  const sum = (of: 'events' | 'credits'): number => paid.reduce((total, payer) => total + payer[of], 0);
  const [rows, credits] = [sum('events'), sum('credits')];
  const ledger = after.ledger.consumed - before.ledger.consumed;
  const wallets = spentBetween(before, after);
  const atMost = accepted + unsure;

  const problems = after.ledger.problems.map(({ check, detail }) => `The ledger's check ${check}: ${detail}`);
  if (!after.ledger.sound && problems.length === 0) problems.push('The ledger says that it is not sound.');
  if (rows < accepted || rows > atMost) {
    problems.push(`${accepted} events were answered ACCEPTED, and ${rows} rows are new.`);
  }
  if (credits !== rows) problems.push(`${rows} new rows cost ${credits} credits.`);
  if (ledger !== credits) problems.push(`The rows cost ${credits} credits, and the ledger consumed ${ledger}.`);
  if (wallets !== null && wallets !== ledger) {
    problems.push(`The ledger consumed ${ledger} credits, and the wallets hold ${wallets} less.`);
  }
  return { agrees: problems.length === 0, accepted, atMost, rows, credits, ledger, wallets, problems };
}
