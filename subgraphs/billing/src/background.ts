import type { JobContext } from '@comptoir/shared/jobs.ts';
import { type Round, startRounds } from '@comptoir/shared/rounds.ts';
import { lowBalance } from './alerts/lowBalance.ts';
import { topUps } from './alerts/topUpRound.ts';
import { closingMonths } from './commissions/closeMonths.ts';
import type { ComposedConfig } from './config.ts';
import { expireCredits } from './credits/expireCredits.ts';
import { expiryNotices } from './credits/expiryNotices.ts';
import { oldHours } from './credits/forecastStore.ts';
import { sealingRound } from './ledger/sealLedger.ts';
import { expiringCards } from './payments/cardExpiry.ts';
import { reconcile } from './payments/collect.ts';
import { dueAttempts } from './payments/dunning.ts';
import { renewals } from './subscriptions/renewals.ts';

/** Work that is due at or before the clock, whoever looks. One line per capability. */
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

/** What no request does: every five seconds, one round at a time. Sealing waits for none of them, and none of them for renewals: after an outage there are many. */
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
