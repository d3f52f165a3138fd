import { type Round, startRounds } from '@comptoir/shared/concurrency/rounds.ts';
import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { lowBalance } from './alerts/lowBalance.ts';
import { topUps } from './alerts/topUpRound.ts';
import { expireCredits } from './books/expiry/expireCredits.ts';
import { expiryNotices } from './books/expiry/expiryNotices.ts';
import { oldHours } from './books/forecast/forecastStore.ts';
import { sealingRound } from './books/ledger/sealLedger.ts';
import { expiringCards } from './collecting/cards/cardExpiry.ts';
import { reconcile } from './collecting/payments/collect.ts';
import { dueAttempts } from './collecting/payments/dunning.ts';
import { closingMonths } from './commissions/closeMonths.ts';
import type { ComposedConfig } from './config.ts';
import { renewals } from './selling/subscriptions/renewals.ts';

/** Work that is due at or before the clock, no matter who looks. One line per capability. */
const rounds = (config: ComposedConfig): readonly Round[] => [
  dueAttempts(config),
  reconcile(config),
  expiringCards,
  closingMonths(),
  expireCredits,
  expiryNotices,
  lowBalance,
  topUps(config),
  oldHours,
];

/** Half of the minute within which the ledger is promised to be sealed. */
const SEAL_MS = 30_000;

/**
 * What no request does: every five seconds, one round at a time. Sealing waits for none of them, and none of them for
 * renewals: after an outage there are many.
 */
export const background =
  (config: ComposedConfig) =>
  (work: JobContext): { stop(): Promise<void> } => {
    const running = [
      startRounds(work, rounds(config), 5_000),
      startRounds(work, [renewals(config)], 5_000),
      startRounds(work, [sealingRound(config)], SEAL_MS),
    ];
    return {
      async stop() {
        await Promise.all(running.map((one) => one.stop()));
      },
    };
  };
