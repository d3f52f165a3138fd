import { availableParallelism } from 'node:os';
import { createLane } from '@comptoir/shared/concurrency/lane.ts';
import { overloaded } from '@comptoir/shared/protocol/errors.ts';

const full = (): Error => overloaded('Too many people log in at once. Try again.');

/**
 * Hashes at once. One core stays for everybody else, and of the four threads that Node shares with files, names and
 * compression two: a hash takes its thread whole for 20 ms and more.
 */
export const HASHES_AT_ONCE = Math.min(2, Math.max(1, availableParallelism() - 1));
/** Forty that wait are done within a second or so. */
export const MAX_WAITING = 40;
/** One network does not take all of them. An office that comes in at once is asked to try again. */
export const WAITING_OF_NETWORK = 8;
/**
 * From its arrival on, wherever it waits. Sooner than the gateway gives up: who is told so knows that nothing was done.
 */
export const WAIT_MS = 4_000;

/** The lane of hashing. Of a log-in it is asked within that lane, so that few wait here but those who follow links. */
export const hashLane = createLane({ running: HASHES_AT_ONCE, waiting: MAX_WAITING }, full);

/**
 * The lane of whatever looks at a password or a code, with the statements before and after it: one is hashed for while
 * another asks the database. Without it a crowd that logs in takes all connections that the gateway's question about
 * everybody else needs, and has its guesses counted and taken back for nothing.
 */
export const logInLane = createLane(
  { running: HASHES_AT_ONCE + 1, waiting: MAX_WAITING, waitMs: WAIT_MS, waitingOfGroup: WAITING_OF_NETWORK },
  full,
);
