/** How the collecting of one invoice stands. */
export type Dunning = {
  invoiceId: string;
  profileId: string;
  /** The account of the profile: who pays and is told. */
  payerId: string;
  /** Whom the invoice is about. */
  accountId: string;
  number: string;
  failures: number;
  /** Null while a payment is under way, and when there is no further attempt. */
  nextAttemptAt: Date | null;
  state: 'OPEN' | 'PAID' | 'GIVEN_UP';
};

/** Days between attempts: after the first failure, the second and the third, thus 1, 3 and 7 days after the first. */
const GAPS = [1, 2, 4];
const DAY_MS = 86_400_000;

/** An attempt has failed: there is a next one, or there were enough. */
export function afterFailure(dunning: Dunning, now: Date): Dunning {
  const gap = GAPS[dunning.failures];
  const failures = dunning.failures + 1;
  if (gap === undefined) return { ...dunning, failures, nextAttemptAt: null, state: 'GIVEN_UP' };
  return { ...dunning, failures, nextAttemptAt: new Date(now.getTime() + gap * DAY_MS), state: 'OPEN' };
}

/** A new card is tried at once; where we had given up, it is given one attempt. */
export function withNewCard(dunning: Dunning, now: Date): Dunning {
  if (dunning.state === 'PAID' || (dunning.state === 'OPEN' && dunning.nextAttemptAt === null)) return dunning;
  return { ...dunning, failures: Math.min(dunning.failures, GAPS.length), nextAttemptAt: now, state: 'OPEN' };
}
