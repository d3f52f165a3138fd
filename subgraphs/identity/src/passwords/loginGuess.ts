import { readAddress, readNetwork } from '@comptoir/shared/values/network.ts';

/** A47: five wrong passwords for an e-mail from one network lock it there for five minutes. */
export const MAX_WRONG = 5;
export const LOCK_MS = 5 * 60_000;
/** GUARD: how many guesses for an e-mail are looked at within an hour, wherever they come from. */
export const MAX_PER_HOUR = 20;
export const HOUR_MS = 3_600_000;

export type GuessState = {
  /** Wrong passwords for this e-mail from this network since the last success or lock. */
  failures: number;
  lockedUntil: Date | null;
  /** When guesses for this e-mail were looked at within the last hour, from anywhere, oldest first. */
  guessedAt: Date[];
  /** The person got in from this network before: the cap per hour does not hold here. */
  knownNetwork: boolean;
};

/**
 * Whether one more password is looked at, and what is written down before it is. It counts as wrong until it turns out
 * right, so that guesses sent all at once are counted like guesses sent one by one.
 */
export function countGuess(
  state: GuessState,
  at: Date,
): { looked: false; until: Date } | { looked: true; failures: number; lockedUntil: Date | null } {
  const { lockedUntil, guessedAt, knownNetwork } = state;
  if (lockedUntil !== null && lockedUntil > at) return { looked: false, until: lockedUntil };
  if (!knownNetwork && guessedAt.length >= MAX_PER_HOUR) {
    const oldestThatCounts = guessedAt[guessedAt.length - MAX_PER_HOUR] as Date;
    return { looked: false, until: new Date(oldestThatCounts.getTime() + HOUR_MS) };
  }
  // The end of a lock begins a new count.
  const failures = (lockedUntil === null ? state.failures : 0) + 1;
  return { looked: true, failures, lockedUntil: failures >= MAX_WRONG ? new Date(at.getTime() + LOCK_MS) : null };
}

/** What counts as one network: an IPv4 address or an IPv6 /64. All addresses that cannot be read are one. */
export function networkOf(address: string | null): string {
  const canonical = address === null ? null : readAddress(address);
  if (canonical === null) return 'unknown';
  return readNetwork(canonical.includes(':') ? `${canonical}/64` : canonical) ?? 'unknown';
}
