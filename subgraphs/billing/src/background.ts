import type { JobContext } from '@comptoir/shared/localSubgraph.ts';
import { type Round, startRounds } from '@comptoir/shared/rounds.ts';
import type { BillingConfig } from './config.ts';

/** Work that is due at or before the clock, whoever looks. One line per capability. */
const rounds = (_config: BillingConfig): readonly Round[] => [];

/** What no request does: every five seconds, one round at a time. */
export const background =
  (config: BillingConfig) =>
  (work: JobContext): { stop(): Promise<void> } =>
    startRounds(work, rounds(config), 5_000);
